package main

import (
	"fmt"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// messages asks how the compiler prints types: in messages, and in the names of instances, where
// they stand in link form.
func (w *world) messages(emit func(scope, question, answer string, args ...string)) {
	var list []string
	for range 300 {
		if text := w.typ(3, nil); w.eval(token.NoPos, text) != nil {
			list = append(list, text)
		}
	}
	var source strings.Builder
	source.WriteString("package p\n")
	for _, decl := range w.decls {
		source.WriteString(decl)
		if strings.HasPrefix(decl, "func") {
			source.WriteString(" { panic(0) }")
		}
		source.WriteString("\n")
	}
	source.WriteString("type box[P any] struct{}\nvar sink any\nfunc print() {\n")
	first := strings.Count(source.String(), "\n") + 1
	for _, text := range list {
		fmt.Fprintf(&source, "\tsink = new(%s)\n\tsink = new(box[%s])\n", text, text)
	}
	source.WriteString("}\n")

	for n, message := range compile(source.String()) {
		index := n - first
		if index < 0 || index/2 >= len(list) {
			continue
		}
		question := "message"
		if index%2 == 1 {
			question = "link"
			message, _ = strings.CutPrefix(message, "box[")
			message, _ = strings.CutSuffix(message, "]")
		}
		emit("F0", question, message, list[index/2])
	}
}

var newEscapes = regexp.MustCompile(`(?m)^\./p\.go:(\d+):\d+: new\((.*)\) escapes to heap$`)

// compile returns, for each line that allocates with new, the type as the compiler prints it.
func compile(source string) map[int]string {
	dir, err := os.MkdirTemp("", "messages")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	for name, text := range map[string]string{"p.go": source, "go.mod": "module p\n\ngo 1.26\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			panic(err)
		}
	}
	cmd := exec.Command("go", "build", "-gcflags=-m", ".")
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s\n", out)
		os.Exit(1)
	}
	lines := make(map[int]string)
	for _, match := range newEscapes.FindAllStringSubmatch(string(out), -1) {
		n, _ := strconv.Atoi(match[1])
		lines[n] = match[2]
	}
	return lines
}

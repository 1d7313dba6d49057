// Prints what go/types finds out about every expression of some packages, one line each:
//
//	file start end type value
//
// with tabs between. The packages and all that they import are checked from their sources.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
)

type listed struct {
	ImportPath string
	Dir        string
	GoFiles    []string
	ImportMap  map[string]string
	Module     *struct{ GoVersion string }
	DepOnly    bool
}

type importer struct {
	done    map[string]*types.Package
	mapping map[string]string
}

func (imp importer) Import(path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	if to, ok := imp.mapping[path]; ok {
		path = to
	}
	if pkg := imp.done[path]; pkg != nil {
		return pkg, nil
	}
	return nil, fmt.Errorf("no package %s", path)
}

func main() {
	args := append([]string{"list", "-deps", "-pgo=off", "-json=ImportPath,Dir,GoFiles,ImportMap,Module,DepOnly"}, os.Args[2:]...)
	cmd := exec.Command(os.Args[1], args...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	cmd.Stderr = os.Stderr
	pipe, err := cmd.StdoutPipe()
	check(err)
	check(cmd.Start())
	out := bufio.NewWriterSize(os.Stdout, 1<<20)
	defer out.Flush()
	done := map[string]*types.Package{}
	for dec := json.NewDecoder(pipe); ; {
		var l listed
		if err := dec.Decode(&l); err == io.EOF {
			break
		} else {
			check(err)
		}
		if l.ImportPath != "unsafe" {
			done[l.ImportPath] = one(out, l, done)
		}
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func one(out *bufio.Writer, l listed, done map[string]*types.Package) *types.Package {
	fset := token.NewFileSet()
	var files []*ast.File
	for _, name := range l.GoFiles {
		f, err := parser.ParseFile(fset, filepath.Join(l.Dir, name), nil, parser.ParseComments|parser.SkipObjectResolution)
		check(err)
		files = append(files, f)
	}
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}}
	conf := types.Config{
		Importer: importer{done, l.ImportMap},
		Sizes:    types.SizesFor("gc", "amd64"),
		Error:    func(err error) { fmt.Fprintln(os.Stderr, err) },
	}
	if l.Module != nil {
		conf.GoVersion = "go" + l.Module.GoVersion
	}
	pkg, _ := conf.Check(l.ImportPath, fset, files, info)
	if l.DepOnly {
		return pkg
	}
	w := writer{names: map[*types.TypeParam]string{}}
	for _, obj := range info.Defs {
		// A receiver's type parameters are other names of those of its type.
		if fn, ok := obj.(*types.Func); ok {
			w.receiver(fn.Signature())
		}
	}
	for _, f := range files {
		skip := repeated(f)
		var lines []string
		literals := map[ast.Node]bool{}
		ast.Inspect(f, func(n ast.Node) bool {
			if n != nil && skip[n] {
				return false
			}
			switch n := n.(type) {
			case *ast.FuncLit:
				// Its type is no expression of its own to the compiler, nor is "...T".
				literals[n.Type] = true
			case *ast.FuncType:
				if literals[n] {
					return true
				}
			case *ast.Ellipsis:
				return true
			}
			e, ok := n.(ast.Expr)
			if !ok {
				return true
			}
			tv, ok := info.Types[e]
			if id, isId := e.(*ast.Ident); isId && id.Name == "nil" || !ok || tv.Type == nil || tv.Type == types.Typ[types.Invalid] {
				return true
			}
			p, q := fset.PositionFor(e.Pos(), false), fset.PositionFor(e.End(), false)
			w.b.Reset()
			w.typ(tv.Type)
			lines = append(lines, fmt.Sprintf("%s\t%d\t%d\t%s\t%s", p.Filename, p.Offset, q.Offset, w.b.String(), value(tv.Value)))
			return true
		})
		for _, line := range lines {
			out.WriteString(line)
			out.WriteByte('\n')
		}
	}
	return pkg
}

// repeated finds constant declarations whose values are evaluated more than once.
func repeated(f *ast.File) map[ast.Node]bool {
	skip := map[ast.Node]bool{}
	ast.Inspect(f, func(n ast.Node) bool {
		d, ok := n.(*ast.GenDecl)
		if !ok || d.Tok != token.CONST {
			return true
		}
		for _, s := range d.Specs {
			if s := s.(*ast.ValueSpec); s.Values == nil && s.Type == nil {
				skip[d] = true
			}
		}
		return true
	})
	return skip
}

func value(v constant.Value) string {
	if v == nil {
		return ""
	}
	switch v.Kind() {
	case constant.Bool:
		return fmt.Sprint(v)
	case constant.String:
		return fmt.Sprintf("s%x", constant.StringVal(v))
	case constant.Unknown:
		return "?"
	}
	if i := constant.ToInt(v); i.Kind() == constant.Int {
		return i.ExactString()
	}
	re, _ := constant.Float64Val(constant.Real(v))
	im, _ := constant.Float64Val(constant.Imag(v))
	return fmt.Sprintf("f%x,%x", math.Float64bits(re), math.Float64bits(im))
}

type writer struct {
	b     strings.Builder
	names map[*types.TypeParam]string
}

func (w *writer) receiver(sig *types.Signature) {
	if sig.Recv() == nil || sig.RecvTypeParams().Len() == 0 {
		return
	}
	t := sig.Recv().Type()
	if p, ok := t.(*types.Pointer); ok {
		t = p.Elem()
	}
	origin := types.Unalias(t).(*types.Named).Origin()
	for i := range sig.RecvTypeParams().Len() {
		w.names[sig.RecvTypeParams().At(i)] = origin.TypeParams().At(i).Obj().Name()
	}
}

func (w *writer) s(text string) { w.b.WriteString(text) }

func (w *writer) tuple(t *types.Tuple, variadic bool) {
	w.s("(")
	for i := range t.Len() {
		if i > 0 {
			w.s(",")
		}
		if variadic && i == t.Len()-1 {
			w.s("...")
		}
		w.typ(t.At(i).Type())
	}
	w.s(")")
}

func (w *writer) typ(t types.Type) {
	switch t := types.Unalias(t).(type) {
	case *types.Basic:
		name := t.Name()
		if t.Kind() != types.Invalid {
			name = types.Typ[t.Kind()].Name()
		}
		if t.Kind() == types.UnsafePointer {
			name = "unsafe.Pointer"
		}
		w.s(name)
	case *types.Pointer:
		w.s("*")
		w.typ(t.Elem())
	case *types.Slice:
		w.s("[]")
		w.typ(t.Elem())
	case *types.Array:
		w.s(fmt.Sprintf("[%d]", t.Len()))
		w.typ(t.Elem())
	case *types.Map:
		w.s("map[")
		w.typ(t.Key())
		w.s("]")
		w.typ(t.Elem())
	case *types.Chan:
		w.s([]string{"chan ", "chan<- ", "<-chan "}[t.Dir()] + "(")
		w.typ(t.Elem())
		w.s(")")
	case *types.Struct:
		w.s("struct{")
		for i := range t.NumFields() {
			f := t.Field(i)
			w.s(f.Name() + " ")
			w.typ(f.Type())
			if t.Tag(i) != "" {
				w.s(fmt.Sprintf(" %x", t.Tag(i)))
			}
			w.s(";")
		}
		w.s("}")
	case *types.Tuple:
		w.tuple(t, false)
	case *types.Signature:
		w.s("func")
		w.tuple(t.Params(), t.Variadic())
		w.tuple(t.Results(), false)
	case *types.Interface:
		w.s("interface{")
		var ms []*types.Func
		for i := range t.NumExplicitMethods() {
			ms = append(ms, t.ExplicitMethod(i))
		}
		sort.Slice(ms, func(i, j int) bool { return ms[i].Name() < ms[j].Name() })
		for _, m := range ms {
			w.s(m.Name())
			w.typ(m.Type())
			w.s(";")
		}
		for i := range t.NumEmbeddeds() {
			w.typ(t.EmbeddedType(i))
			w.s(";")
		}
		w.s("}")
	case *types.Union:
		for i := range t.Len() {
			if i > 0 {
				w.s("|")
			}
			if t.Term(i).Tilde() {
				w.s("~")
			}
			w.typ(t.Term(i).Type())
		}
	case *types.Named:
		obj := t.Obj()
		if obj.Pkg() == nil {
			w.s(obj.Name())
			return
		}
		w.s(obj.Pkg().Path() + "." + obj.Name())
		if obj.Parent() != obj.Pkg().Scope() {
			return
		}
		if t.TypeArgs().Len() == 0 {
			for i := range t.TypeParams().Len() {
				w.s("[" + t.TypeParams().At(i).Obj().Name() + "]")
			}
		}
		for i := range t.TypeArgs().Len() {
			w.s("[")
			w.typ(t.TypeArgs().At(i))
			w.s("]")
		}
	case *types.TypeParam:
		if name, ok := w.names[t]; ok {
			w.s(name)
		} else {
			w.s(t.Obj().Name())
		}
	default:
		w.s("?")
	}
}

package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"math/rand"
	"strconv"
	"strings"
)

// A world is a package of random declarations, all of them valid.
type world struct {
	*rand.Rand
	decls      []string
	named      []string       // types without parameters
	interfaces []string       // those of them that are interfaces
	generic    []string       // types with parameters
	arity      map[string]int // how many parameters they have
	funcs      []string       // generic functions

	fset *token.FileSet
	pkg  *types.Package
}

var (
	basics  = strings.Fields("bool int int int8 int32 int64 uint8 uint uintptr float64 complex128 string string byte rune error any")
	fields  = strings.Fields("a b x y A X Mm m Read Get")
	methods = strings.Fields("M m Read Get Set x A")
	sigs    = []string{"()", "(int)", "() int", "(string) error", "() string"}
)

func newWorld(seed int64) *world {
	w := &world{Rand: rand.New(rand.NewSource(seed)), arity: make(map[string]int)}
	for n := 0; len(w.decls) < 60; n++ {
		w.declareType(n)
	}
	for range 25 {
		w.declareFunc()
	}
	return w
}

// add keeps a declaration if it is valid.
func (w *world) add(decl string) bool {
	var text strings.Builder
	text.WriteString("package p\n")
	list := append(w.decls[:len(w.decls):len(w.decls)], decl)
	for _, d := range list {
		text.WriteString(d)
		if strings.HasPrefix(d, "func") {
			text.WriteString(" { panic(0) }")
		}
		text.WriteString("\n")
	}
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "p.go", text.String(), 0)
	if err != nil {
		return false
	}
	pkg, err := new(types.Config).Check("p", fset, []*ast.File{file}, nil)
	if err != nil {
		return false
	}
	w.decls, w.fset, w.pkg = list, fset, pkg
	return true
}

func (w *world) declareType(n int) {
	name := fmt.Sprint("T", n)
	receivers := []string{name, "*" + name}
	switch w.Intn(7) {
	case 0, 1:
		if w.add("type " + name + " " + w.iface(2, nil)) {
			w.named = append(w.named, name)
			w.interfaces = append(w.interfaces, name)
		}
	case 2, 3, 4:
		text := w.strct(2, nil)
		if w.Intn(3) == 0 {
			text = w.typ(2, nil)
		}
		if w.add("type " + name + " " + text) {
			w.named = append(w.named, name)
			for _, m := range methods {
				if w.Intn(5) == 0 {
					w.add("func (" + w.pick(receivers) + ") " + m + w.pick(sigs))
				}
			}
		}
	case 5:
		scope := []string{"P", "Q"}
		if w.add("type " + name + w.tparams(scope) + " " + w.strct(2, scope)) {
			w.generic = append(w.generic, name)
			w.arity[name] = 2
			for _, m := range methods {
				if w.Intn(4) == 0 {
					w.add("func (" + w.pick(receivers) + "[P, Q]) " + m + w.signature(1, scope))
				}
			}
		}
	case 6:
		if w.add("type " + name + "[P any] " + w.iface(2, []string{"P"})) {
			w.generic = append(w.generic, name)
			w.arity[name] = 1
		}
	}
}

func (w *world) declareFunc() {
	name := fmt.Sprint("F", len(w.funcs))
	scope := []string{"P", "Q", "R"}[:1+w.Intn(3)]
	var params []string
	for range 1 + w.Intn(3) {
		param := w.typ(1+w.Intn(2), scope)
		if w.Intn(5) == 0 {
			param = "func" + w.signature(0, scope)
		}
		params = append(params, param)
	}
	result := ""
	if w.Intn(3) == 0 {
		result = " " + w.typ(1, scope)
	}
	if w.add("func " + name + w.tparams(scope) + "(" + strings.Join(params, ", ") + ")" + result) {
		w.funcs = append(w.funcs, name)
	}
}

func (w *world) pick(list []string) string { return list[w.Intn(len(list))] }

func (w *world) tparams(scope []string) string {
	var list []string
	for _, name := range scope {
		list = append(list, name+" "+w.constraint(scope))
	}
	return "[" + strings.Join(list, ", ") + "]"
}

func (w *world) instance(depth int, scope []string) string {
	name := w.pick(w.generic)
	var args []string
	for range w.arity[name] {
		args = append(args, w.typ(depth, scope))
	}
	return name + "[" + strings.Join(args, ", ") + "]"
}

// typ returns a random type, perhaps with type parameters of scope.
func (w *world) typ(depth int, scope []string) string {
	elem := func() string { return w.typ(depth-1, scope) }
	k := w.Intn(100)
	switch {
	case len(scope) > 0 && k < 18:
		return w.pick(scope)
	case depth <= 0 || k < 35:
		return w.pick(basics)
	case k < 58 && len(w.named) > 0:
		return w.pick(w.named)
	case k < 66 && len(w.generic) > 0:
		return w.instance(depth-1, scope)
	case k < 72:
		return "*" + elem()
	case k < 78:
		return "[]" + elem()
	case k < 81:
		return "[" + strconv.Itoa(w.Intn(3)) + "]" + elem()
	case k < 84:
		return "map[" + elem() + "]" + elem()
	case k < 88:
		return w.pick([]string{"chan ", "<-chan ", "chan<- "}) + "(" + elem() + ")"
	case k < 92:
		return "func" + w.signature(depth-1, scope)
	case k < 96:
		return w.strct(depth-1, scope)
	default:
		return w.iface(depth-1, scope)
	}
}

func (w *world) signature(depth int, scope []string) string {
	var params []string
	for range w.Intn(3) {
		params = append(params, w.typ(depth, scope))
	}
	if n := len(params); n > 0 && w.Intn(6) == 0 {
		params[n-1] = "..." + params[n-1]
	}
	text := "(" + strings.Join(params, ", ") + ")"
	switch w.Intn(4) {
	case 0:
		text += " " + w.typ(depth, scope)
	case 1:
		text += " (" + w.typ(depth, scope) + ", " + w.typ(depth, scope) + ")"
	}
	return text
}

func (w *world) strct(depth int, scope []string) string {
	var list []string
	for range w.Intn(4) {
		pointer := w.pick([]string{"", "*"})
		switch k := w.Intn(12); {
		case k < 3 && len(w.named) > 0:
			list = append(list, pointer+w.pick(w.named))
		case k == 3 && len(w.generic) > 0:
			list = append(list, pointer+w.instance(0, scope))
		default:
			tag := w.pick([]string{"", "", "", "", " `t`", " `u`"})
			list = append(list, w.pick(fields)+" "+w.typ(depth, scope)+tag)
		}
	}
	return "struct { " + strings.Join(list, "; ") + " }"
}

func (w *world) iface(depth int, scope []string) string {
	var list []string
	for range w.Intn(3) {
		text := w.pick(sigs)
		if w.Intn(3) == 0 {
			text = w.signature(depth, scope)
		}
		list = append(list, w.pick(methods)+text)
	}
	if len(w.interfaces) > 0 && w.Intn(3) == 0 {
		list = append(list, w.pick(w.interfaces))
	}
	return "interface { " + strings.Join(list, "; ") + " }"
}

func (w *world) constraint(scope []string) string {
	one := func() string { return w.pick(scope) }
	elements := func(text string) string { return "interface { " + text + " }" }
	switch w.Intn(16) {
	case 0:
		return "comparable"
	case 1:
		return elements("~int | ~string")
	case 2:
		return elements(w.typ(1, scope))
	case 3:
		return elements("~[]" + w.typ(0, scope))
	case 4:
		return elements(w.pick(methods) + w.pick(sigs))
	case 5:
		return elements("*" + one() + "; " + w.pick(methods) + w.pick(sigs))
	case 6:
		return elements("~func(" + one() + ") " + one())
	case 7:
		return elements("chan " + one() + " | <-chan " + one())
	case 8:
		return elements("~map[" + one() + "]" + w.typ(1, scope))
	case 9:
		return elements(w.typ(1, scope) + " | " + w.typ(1, scope))
	case 10:
		return elements("~[]" + one() + " | ~string")
	case 11:
		if len(w.interfaces) > 0 {
			return w.pick(w.interfaces)
		}
	case 12:
		if len(w.named) > 0 {
			return elements(w.pick(w.named) + "; comparable")
		}
	case 13:
		return elements("~*" + w.typ(0, scope))
	}
	return "any"
}

// Answers random questions about random types with go/types and the compiler, for comparison with
// the analysis.
//
// The argument is a seed. The output begins with declarations, one per line. Then follow
// questions, with their answer as a quoted string:
//
//	? SCOPE | QUESTION | ARGUMENT | ... => "answer"
//
// SCOPE is a generic function whose type parameters the arguments may use.
package main

import (
	"bufio"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"strconv"
	"strings"
)

const questions = 4000

func main() {
	seed, err := strconv.ParseInt(os.Args[1], 10, 64)
	if err != nil {
		panic(err)
	}
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	w := newWorld(seed)
	for _, decl := range w.decls {
		fmt.Fprintln(out, decl)
	}
	emit := func(scope, question, answer string, args ...string) {
		all := strings.Join(append([]string{scope, question}, args...), " | ")
		fmt.Fprintf(out, "? %s => %q\n", all, answer)
	}
	for range questions {
		w.question(emit)
	}
	w.messages(emit)
}

func qualified(pkg *types.Package) string { return pkg.Name() }

func unqualified(*types.Package) string { return "" }

// plain returns a signature without its type parameters and receiver.
func plain(sig *types.Signature) *types.Signature {
	return types.NewSignatureType(nil, nil, nil, sig.Params(), sig.Results(), sig.Variadic())
}

// scope returns the type parameters of a function, and a position in its body.
func (w *world) scope(name string) ([]string, token.Pos) {
	fn := w.pkg.Scope().Lookup(name).(*types.Func)
	var list []string
	for tparam := range fn.Signature().TypeParams().TypeParams() {
		list = append(list, tparam.Obj().Name())
	}
	return list, fn.Scope().End() - 1
}

// eval returns the type that text means at pos; nil if it is not valid.
func (w *world) eval(pos token.Pos, text string) types.Type {
	tv, err := types.Eval(w.fset, w.pkg, pos, "*new("+text+")")
	if err != nil {
		return nil
	}
	return tv.Type
}

func (w *world) question(emit func(scope, question, answer string, args ...string)) {
	in := w.pick(w.funcs)
	scope, pos := w.scope(in)
	if w.Intn(2) == 0 {
		scope = nil
	}
	a, b := w.typ(2, scope), w.typ(2, scope)
	switch w.Intn(4) {
	case 0: // Nearly the same type.
		b = strings.Replace(a, w.pick(basics), w.pick(basics), 1)
	case 1:
		b = w.pick(w.interfaces)
	}
	x, y := w.eval(pos, a), w.eval(pos, b)
	if x == nil || y == nil {
		return
	}
	switch w.Intn(11) {
	case 0:
		emit(in, "identical", fmt.Sprint(types.Identical(x, y)), a, b)
	case 1:
		emit(in, "assignable", fmt.Sprint(types.AssignableTo(x, y)), a, b)
	case 2:
		emit(in, "convertible", fmt.Sprint(types.ConvertibleTo(x, y)), a, b)
	case 3, 4:
		if iface, ok := y.Underlying().(*types.Interface); ok {
			emit(in, "implements", fmt.Sprint(types.Implements(x, iface)), a, b)
			emit(in, "satisfies", fmt.Sprint(types.Satisfies(x, iface)), a, b)
			missing := "none"
			if method, wrong := types.MissingMethod(x, iface, true); method != nil {
				missing = fmt.Sprintf("%s %t", method.Name(), wrong)
			}
			emit(in, "missing", missing, a, b)
		}
	case 5:
		emit(in, "comparable", fmt.Sprint(types.Comparable(x)), a)
		emit(in, "string", types.TypeString(x, qualified), a)
	case 6:
		for _, name := range append(fields, methods...) {
			addressable := w.Intn(2) == 0
			emit(in, "lookup", w.lookup(x, addressable, name), a, fmt.Sprint(addressable), name)
		}
	case 7:
		if _, ok := x.(*types.TypeParam); !ok {
			emit(in, "methods", methodSet(x), a)
		}
	case 8:
		w.verify(in, pos, []string{a, b, w.pick(w.named)}, emit)
	default:
		w.call(in, scope, pos, emit)
	}
}

func (w *world) lookup(t types.Type, addressable bool, name string) string {
	obj, index, indirect := types.LookupFieldOrMethod(t, addressable, w.pkg, name)
	switch obj := obj.(type) {
	case *types.Var:
		return fmt.Sprintf("field %v %t %s", index, indirect, types.TypeString(obj.Type(), qualified))
	case *types.Func:
		sig := types.TypeString(plain(obj.Signature()), qualified)
		return fmt.Sprintf("method %v %t %s", index[:len(index)-1], indirect, sig)
	}
	return fmt.Sprintf("none %t %t", index != nil, indirect)
}

func methodSet(t types.Type) string {
	var list []string
	for method := range types.NewMethodSet(t).Methods() {
		index := method.Index()
		list = append(list, fmt.Sprint(method.Obj().Name(), index[:len(index)-1]))
	}
	return strings.Join(list, " ")
}

// verify asks whether types satisfy the constraints of a function.
func (w *world) verify(in string, pos token.Pos, args []string, emit func(scope, question, answer string, args ...string)) {
	name := w.pick(w.funcs)
	sig := w.pkg.Scope().Lookup(name).(*types.Func).Signature()
	args = args[:sig.TypeParams().Len()]
	var targs []types.Type
	for _, arg := range args {
		targs = append(targs, w.eval(pos, arg))
	}
	answer := ""
	if _, err := types.Instantiate(nil, sig, targs, true); err != nil {
		answer = err.Error()
	}
	emit(in, "verify", answer, append([]string{name}, args...)...)
}

var untyped = [][2]string{
	{"1", "untyped int"},
	{"'a'", "untyped rune"},
	{"1.5", "untyped float"},
	{`"s"`, "untyped string"},
	{"nil", "untyped nil"},
	{"(1 == 1)", "untyped bool"},
}

// call asks which type arguments are inferred for a call, of which most arguments fit.
func (w *world) call(in string, scope []string, pos token.Pos, emit func(scope, question, answer string, args ...string)) {
	name := w.pick(w.funcs)
	tparams, _ := w.scope(name)
	chosen := make(map[string]string)
	for _, tparam := range tparams {
		chosen[tparam] = w.typ(1, scope)
	}
	var args, exprs []string
	for param := range w.pkg.Scope().Lookup(name).(*types.Func).Signature().Params().Variables() {
		_, isFunc := param.Type().Underlying().(*types.Signature)
		if w.Intn(30) == 0 || isFunc && w.Intn(2) == 0 {
			generic := w.pick(w.funcs)
			exprs = append(exprs, generic)
			args = append(args, "generic "+generic)
			continue
		}
		if w.Intn(5) == 0 {
			constant := untyped[w.Intn(len(untyped))]
			exprs = append(exprs, constant[0])
			args = append(args, constant[1])
			continue
		}
		text := types.TypeString(param.Type(), unqualified)
		text = replaceNames(text, chosen)
		if w.Intn(6) == 0 {
			text = w.typ(2, scope)
		}
		if w.eval(pos, text) == nil {
			text = "int"
		}
		exprs = append(exprs, "*new("+text+")")
		args = append(args, text)
	}
	expr, err := parser.ParseExpr(name + "(" + strings.Join(exprs, ", ") + ")")
	if err != nil {
		return
	}
	if answer, ok := w.infer(pos, expr.(*ast.CallExpr)); ok {
		emit(in, "call", answer, append([]string{name}, args...)...)
	}
}

// infer returns the type arguments of a call, or why there are none.
func (w *world) infer(pos token.Pos, call *ast.CallExpr) (answer string, ok bool) {
	// Some constraints that refer to each other are too much for go/types.
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	info := &types.Info{Instances: make(map[*ast.Ident]types.Instance)}
	err := types.CheckExpr(w.fset, w.pkg, pos, call, info)
	if inst, ok := info.Instances[call.Fun.(*ast.Ident)]; ok {
		var list []string
		for targ := range inst.TypeArgs.Types() {
			if sig, ok := targ.(*types.Signature); ok {
				targ = plain(sig)
			}
			list = append(list, types.TypeString(targ, qualified))
		}
		return strings.Join(list, ", "), true
	}
	if err == nil {
		return "", false
	}
	_, message, _ := strings.Cut(err.Error(), " ")
	message, isInference := strings.CutPrefix(message, "in call to "+call.Fun.(*ast.Ident).Name+", ")
	message, _, _ = strings.Cut(message, " (declared at")
	// How an argument is written is not the point, nor are a function's own type parameters.
	for _, arg := range call.Args {
		if name, ok := arg.(*ast.Ident); ok && name.Name != "nil" {
			sig := w.pkg.Scope().Lookup(name.Name).(*types.Func).Signature()
			generic := types.TypeString(sig, unqualified)
			message = strings.Replace(message, generic, types.TypeString(plain(sig), unqualified), 1)
		}
		message = strings.Replace(message, " of "+types.ExprString(arg)+" does not", " of ARG does not", 1)
	}
	return message, isInference
}

// replaceNames replaces the identifiers in text that are in names.
func replaceNames(text string, names map[string]string) string {
	isLetter := func(c byte) bool {
		return c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
	}
	var out strings.Builder
	for i := 0; i < len(text); {
		end := i
		for end < len(text) && isLetter(text[end]) {
			end++
		}
		end = max(end, i+1)
		word := text[i:end]
		if name, ok := names[word]; ok {
			word = name
		}
		out.WriteString(word)
		i = end
	}
	return out.String()
}

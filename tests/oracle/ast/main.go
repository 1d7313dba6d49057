// Prints how go/parser understands Go files, declaration by declaration:
//
//	file PATH
//	START END FORM
//
// FORM is the declaration's tree in one word, or with -hash its FNV-1a hash. A file that go/parser
// rejects is "bad PATH". Paths, of files and of folders, come as arguments. What the two trees tell
// in different ways is left out: empty statements in lists, ends that follow from what is inside.
package main

import (
	"bufio"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"hash/fnv"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

func main() {
	args := os.Args[1:]
	hashed := len(args) > 0 && args[0] == "-hash"
	if hashed {
		args = args[1:]
	}
	out := bufio.NewWriterSize(os.Stdout, 1<<20)
	defer out.Flush()
	for _, arg := range args {
		filepath.WalkDir(arg, func(path string, entry fs.DirEntry, err error) error {
			if err == nil && !entry.IsDir() && (strings.HasSuffix(path, ".go") || path == arg) {
				one(out, path, hashed)
			}
			return nil
		})
	}
}

func one(out *bufio.Writer, path string, hashed bool) {
	text, err := os.ReadFile(path)
	if err != nil {
		return
	}
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, path, text, parser.SkipObjectResolution)
	if err != nil {
		fmt.Fprintln(out, "bad", path)
		return
	}
	fmt.Fprintln(out, "file", path)
	d := &dumper{base: int(file.FileStart), text: text}
	line := func(start, end token.Pos) {
		form := d.buf
		d.buf = nil
		if hashed {
			hash := fnv.New64a()
			hash.Write(form)
			form = strconv.AppendUint(nil, hash.Sum64(), 16)
		}
		fmt.Fprintf(out, "%d %d %s\n", int(start)-d.base, int(end)-d.base, form)
	}
	d.ident(file.Name)
	for _, spec := range file.Imports {
		d.put("import")
		if spec.Name != nil {
			d.put(spec.Name.Name)
		}
		d.quoted(spec.Path)
		d.pos(spec.Pos())
	}
	line(file.FileStart, file.FileStart)
	for _, decl := range file.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			d.function(decl)
			line(decl.Pos(), decl.End())
		case *ast.GenDecl:
			if decl.Tok == token.IMPORT {
				continue
			}
			for i, spec := range decl.Specs {
				d.spec(decl, i)
				end := spec.End()
				line(spec.Pos(), end)
			}
		}
	}
}

// A dumper writes trees. Every node is a letter, with its position if it has one of its own, and
// its parts in parentheses.
type dumper struct {
	base int
	text []byte
	buf  []byte
}

func (d *dumper) put(s string) { d.buf = append(d.buf, s...) }

func (d *dumper) pos(p token.Pos) {
	d.buf = append(d.buf, '@')
	d.buf = strconv.AppendInt(d.buf, int64(int(p)-d.base), 10)
}

// quoted writes the value of a string literal.
func (d *dumper) quoted(lit *ast.BasicLit) {
	value, _ := strconv.Unquote(lit.Value)
	d.buf = fmt.Appendf(d.buf, "%x", value)
}

func (d *dumper) ident(id *ast.Ident) {
	d.put(id.Name)
	d.pos(id.Pos())
}

func (d *dumper) idents(ids []*ast.Ident) {
	for _, id := range ids {
		d.ident(id)
		d.put(",")
	}
}

func (d *dumper) function(decl *ast.FuncDecl) {
	d.put("func")
	if decl.Recv != nil {
		d.put("(")
		for _, field := range decl.Recv.List {
			d.idents(field.Names)
			d.expr(field.Type)
		}
		d.put(")")
	}
	d.ident(decl.Name)
	d.typeParams(decl.Type.TypeParams)
	d.signature(decl.Type)
	if decl.Body != nil {
		d.block(decl.Body)
	}
}

func (d *dumper) spec(decl *ast.GenDecl, i int) {
	switch spec := decl.Specs[i].(type) {
	case *ast.ValueSpec:
		d.put(decl.Tok.String())
		if decl.Tok == token.CONST {
			d.put(strconv.Itoa(i))
		}
		d.put(" ")
		d.idents(spec.Names)
		d.optional(spec.Type)
		d.put("=")
		d.exprs(spec.Values)
	case *ast.TypeSpec:
		d.put("type ")
		d.ident(spec.Name)
		d.typeParams(spec.TypeParams)
		if spec.Assign.IsValid() {
			d.put("=")
		}
		d.expr(spec.Type)
	}
}

func (d *dumper) typeParams(list *ast.FieldList) {
	if list == nil {
		return
	}
	d.put("[")
	for _, field := range list.List {
		for _, name := range field.Names {
			d.ident(name)
			d.expr(field.Type)
		}
	}
	d.put("]")
}

func (d *dumper) signature(typ *ast.FuncType) {
	d.put("(")
	for _, field := range typ.Params.List {
		d.param(field)
	}
	d.put(")(")
	if typ.Results != nil {
		for _, field := range typ.Results.List {
			d.param(field)
		}
	}
	d.put(")")
}

func (d *dumper) param(field *ast.Field) {
	typ := field.Type
	dots := ""
	if variadic, ok := typ.(*ast.Ellipsis); ok {
		typ = variadic.Elt
		dots = "..."
	}
	if len(field.Names) == 0 {
		d.put(dots)
		d.expr(typ)
		d.put(";")
	}
	for _, name := range field.Names {
		d.ident(name)
		d.put(" ")
		d.put(dots)
		d.expr(typ)
		d.put(";")
	}
}

func (d *dumper) exprs(list []ast.Expr) {
	d.put("(")
	for i, e := range list {
		if i > 0 {
			d.put(",")
		}
		d.expr(e)
	}
	d.put(")")
}

func (d *dumper) optional(e ast.Expr) {
	if e == nil {
		d.put("_")
		return
	}
	d.expr(e)
}

func (d *dumper) expr(e ast.Expr) {
	switch e := e.(type) {
	case *ast.Ident:
		d.ident(e)
	case *ast.BasicLit:
		d.put(e.Kind.String())
		d.pos(e.Pos())
		d.buf = fmt.Appendf(d.buf, "%x", strings.ReplaceAll(e.Value, "\r", ""))
	case *ast.CompositeLit:
		d.put("C")
		d.optional(e.Type)
		d.pos(e.Lbrace)
		d.exprs(e.Elts)
		d.pos(e.Rbrace)
	case *ast.KeyValueExpr:
		d.put("K")
		d.pos(e.Colon)
		d.expr(e.Key)
		d.put(":")
		d.expr(e.Value)
	case *ast.FuncLit:
		d.put("F")
		d.pos(e.Pos())
		d.signature(e.Type)
		d.block(e.Body)
	case *ast.ParenExpr:
		d.put("P")
		d.pos(e.Lparen)
		d.expr(e.X)
		d.pos(e.Rparen)
	case *ast.SelectorExpr:
		d.put("S")
		d.expr(e.X)
		d.put(".")
		d.ident(e.Sel)
	case *ast.IndexExpr:
		d.put("I")
		d.expr(e.X)
		d.pos(e.Lbrack)
		d.exprs([]ast.Expr{e.Index})
		d.pos(e.Rbrack)
	case *ast.IndexListExpr:
		d.put("I")
		d.expr(e.X)
		d.pos(e.Lbrack)
		d.exprs(e.Indices)
		d.pos(e.Rbrack)
	case *ast.SliceExpr:
		d.put("L")
		d.expr(e.X)
		d.pos(e.Lbrack)
		for _, index := range []ast.Expr{e.Low, e.High, e.Max} {
			d.optional(index)
			d.put(":")
		}
		if e.Slice3 {
			d.put("3")
		}
		d.pos(e.Rbrack)
	case *ast.TypeAssertExpr:
		d.put("A")
		d.expr(e.X)
		d.put(".")
		d.optional(e.Type)
		d.pos(e.Rparen)
	case *ast.CallExpr:
		d.put("c")
		d.expr(e.Fun)
		d.pos(e.Lparen)
		d.exprs(e.Args)
		if e.Ellipsis.IsValid() {
			d.put("...")
		}
		d.pos(e.Rparen)
	case *ast.StarExpr:
		d.put("*")
		d.pos(e.Star)
		d.expr(e.X)
	case *ast.UnaryExpr:
		d.put(e.Op.String())
		d.pos(e.OpPos)
		d.expr(e.X)
	case *ast.BinaryExpr:
		// Chains of operators grow to the left.
		d.put("(")
		d.expr(e.X)
		d.put(e.Op.String())
		d.pos(e.OpPos)
		d.expr(e.Y)
		d.put(")")
	case *ast.ArrayType:
		d.put("[")
		if _, ok := e.Len.(*ast.Ellipsis); ok {
			d.put("...")
		} else if e.Len != nil {
			d.expr(e.Len)
		}
		d.put("]")
		d.pos(e.Lbrack)
		d.expr(e.Elt)
	case *ast.StructType:
		d.put("struct")
		d.pos(e.Struct)
		for _, field := range e.Fields.List {
			d.field(field)
		}
		d.put("}")
	case *ast.FuncType:
		d.put("func")
		d.pos(e.Pos())
		d.signature(e)
	case *ast.InterfaceType:
		d.put("interface")
		d.pos(e.Interface)
		for _, elem := range e.Methods.List {
			if len(elem.Names) == 0 {
				d.put("|")
				d.expr(elem.Type)
				continue
			}
			d.put(".")
			d.ident(elem.Names[0])
			d.expr(elem.Type)
		}
		d.put("}")
	case *ast.MapType:
		d.put("map")
		d.pos(e.Map)
		d.expr(e.Key)
		d.put("]")
		d.expr(e.Value)
	case *ast.ChanType:
		d.put([...]string{1: "chan<-", 2: "<-chan", 3: "chan"}[e.Dir])
		d.pos(e.Begin)
		d.expr(e.Value)
	default:
		d.put(fmt.Sprintf("%T", e))
	}
}

func (d *dumper) field(field *ast.Field) {
	names, embedded := field.Names, ""
	if len(names) == 0 {
		names, embedded = []*ast.Ident{embeddedName(field.Type)}, "!"
	}
	for _, name := range names {
		d.ident(name)
		d.put(embedded + " ")
		d.expr(field.Type)
		if field.Tag != nil {
			d.put("`")
			d.quoted(field.Tag)
		}
		d.put(";")
	}
}

func embeddedName(e ast.Expr) *ast.Ident {
	switch e := e.(type) {
	case *ast.Ident:
		return e
	case *ast.SelectorExpr:
		return e.Sel
	case *ast.StarExpr:
		return embeddedName(e.X)
	case *ast.ParenExpr:
		return embeddedName(e.X)
	case *ast.IndexExpr:
		return embeddedName(e.X)
	case *ast.IndexListExpr:
		return embeddedName(e.X)
	}
	return &ast.Ident{}
}

func (d *dumper) block(block *ast.BlockStmt) {
	d.pos(block.Lbrace)
	d.stmts(block.List)
	d.pos(block.Rbrace)
}

func (d *dumper) stmts(list []ast.Stmt) {
	d.put("{")
	for _, s := range list {
		if _, ok := s.(*ast.EmptyStmt); !ok {
			d.stmt(s)
			d.put(";")
		}
	}
	d.put("}")
}

func (d *dumper) maybe(s ast.Stmt) {
	if s != nil {
		d.stmt(s)
	}
	d.put(";")
}

func (d *dumper) label(name *ast.Ident) {
	if name != nil {
		d.ident(name)
	}
}

func (d *dumper) stmt(s ast.Stmt) {
	switch s := s.(type) {
	case *ast.EmptyStmt:
		d.put("empty")
	case *ast.ExprStmt:
		d.put("x")
		d.expr(s.X)
	case *ast.SendStmt:
		d.put("send")
		d.expr(s.Chan)
		d.pos(s.Arrow)
		d.expr(s.Value)
	case *ast.IncDecStmt:
		d.put(s.Tok.String())
		d.expr(s.X)
		d.pos(s.TokPos)
	case *ast.AssignStmt:
		d.put(s.Tok.String())
		d.pos(s.TokPos)
		d.exprs(s.Lhs)
		d.exprs(s.Rhs)
	case *ast.GoStmt:
		d.put("go")
		d.pos(s.Go)
		d.expr(s.Call)
	case *ast.DeferStmt:
		d.put("defer")
		d.pos(s.Defer)
		d.expr(s.Call)
	case *ast.ReturnStmt:
		d.put("return")
		d.pos(s.Return)
		d.exprs(s.Results)
	case *ast.BranchStmt:
		d.put(s.Tok.String())
		d.pos(s.TokPos)
		d.label(s.Label)
	case *ast.BlockStmt:
		d.put("block")
		d.block(s)
	case *ast.IfStmt:
		d.put("if")
		d.pos(s.If)
		d.maybe(s.Init)
		d.expr(s.Cond)
		d.block(s.Body)
		if s.Else != nil {
			d.put("else")
			d.stmt(s.Else)
		}
	case *ast.SwitchStmt:
		d.put("switch")
		d.pos(s.Switch)
		d.maybe(s.Init)
		d.optional(s.Tag)
		d.clauses(s.Body)
	case *ast.TypeSwitchStmt:
		d.put("typeswitch")
		d.pos(s.Switch)
		d.maybe(s.Init)
		var guard ast.Expr
		switch assign := s.Assign.(type) {
		case *ast.AssignStmt:
			d.ident(assign.Lhs[0].(*ast.Ident))
			guard = assign.Rhs[0]
		case *ast.ExprStmt:
			guard = assign.X
		}
		d.expr(guard.(*ast.TypeAssertExpr).X)
		d.clauses(s.Body)
	case *ast.SelectStmt:
		d.put("select")
		d.pos(s.Select)
		d.clauses(s.Body)
	case *ast.ForStmt:
		d.put("for")
		d.pos(s.For)
		d.maybe(s.Init)
		d.optional(s.Cond)
		d.put(";")
		d.maybe(s.Post)
		d.block(s.Body)
	case *ast.RangeStmt:
		d.put("range")
		d.pos(s.For)
		var lhs []ast.Expr
		for _, e := range []ast.Expr{s.Key, s.Value} {
			if e != nil {
				lhs = append(lhs, e)
			}
		}
		d.exprs(lhs)
		if s.Tok == token.DEFINE {
			d.put(":=")
		}
		d.pos(s.Range)
		d.expr(s.X)
		d.block(s.Body)
	case *ast.LabeledStmt:
		d.put("label")
		d.ident(s.Label)
		d.stmt(s.Stmt)
	case *ast.DeclStmt:
		decl := s.Decl.(*ast.GenDecl)
		d.put("decl")
		d.pos(decl.Pos())
		for i := range decl.Specs {
			d.spec(decl, i)
			d.put(";")
		}
	default:
		d.put(fmt.Sprintf("%T", s))
	}
}

func (d *dumper) clauses(body *ast.BlockStmt) {
	d.put("{")
	for _, clause := range body.List {
		switch clause := clause.(type) {
		case *ast.CaseClause:
			d.pos(clause.Case)
			if clause.List != nil {
				d.put("case")
				d.exprs(clause.List)
			}
			d.pos(clause.Colon)
			d.stmts(clause.Body)
		case *ast.CommClause:
			d.pos(clause.Case)
			if clause.Comm != nil {
				d.put("case")
				d.stmt(clause.Comm)
			}
			d.pos(clause.Colon)
			d.stmts(clause.Body)
		}
	}
	d.put("}")
}

// Evaluates constant expressions with go/constant, for comparison with the analysis.
//
// Each line of the input is a program for a stack machine, its steps separated by tabs; the output
// has one line for each, which describes the value that is left, or says "unknown".
package main

import (
	"bufio"
	"fmt"
	"go/constant"
	"go/token"
	"go/types"
	"math"
	"os"
	"strconv"
	"strings"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "printable" {
		printable()
		return
	}
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<24)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for in.Scan() {
		fmt.Fprintln(out, run(strings.Split(in.Text(), "\t")))
	}
}

var literals = map[string]token.Token{
	"INT": token.INT, "FLOAT": token.FLOAT, "IMAG": token.IMAG, "CHAR": token.CHAR, "STRING": token.STRING,
}

var binary = map[string]token.Token{
	"+": token.ADD, "-": token.SUB, "*": token.MUL, "/": token.QUO, "//": token.QUO_ASSIGN, "%": token.REM,
	"&": token.AND, "|": token.OR, "^": token.XOR, "&^": token.AND_NOT,
}

var comparisons = map[string]token.Token{
	"==": token.EQL, "!=": token.NEQ, "<": token.LSS, "<=": token.LEQ, ">": token.GTR, ">=": token.GEQ,
}

// run answers "unknown" as soon as a step has no result; go/constant panics on some of these.
func run(steps []string) (result string) {
	defer func() {
		if recover() != nil {
			result = "unknown"
		}
	}()
	var stack []constant.Value
	pop := func() constant.Value {
		top := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		return top
	}
	for _, step := range steps {
		name, arg, _ := strings.Cut(step, " ")
		count, _ := strconv.ParseUint(arg, 10, 32)
		var v constant.Value
		if tok, ok := literals[name]; ok {
			v = constant.MakeFromLiteral(arg, tok, 0)
		} else if tok, ok := binary[name]; ok {
			y, x := pop(), pop()
			v = constant.BinaryOp(x, tok, y)
		} else if tok, ok := comparisons[name]; ok {
			y, x := pop(), pop()
			v = constant.MakeBool(constant.Compare(x, tok, y))
		} else {
			switch name {
			case "convert":
				tv, err := types.Eval(token.NewFileSet(), nil, token.NoPos, arg)
				if err != nil {
					return "unknown"
				}
				v = tv.Value
			case "neg":
				v = constant.UnaryOp(token.SUB, pop(), 0)
			case "not":
				v = constant.UnaryOp(token.XOR, pop(), uint(count))
			case "<<":
				v = constant.Shift(pop(), token.SHL, uint(count))
			case ">>":
				v = constant.Shift(pop(), token.SHR, uint(count))
			case "int":
				v = constant.ToInt(pop())
			case "float":
				v = constant.ToFloat(pop())
			case "complex":
				v = constant.ToComplex(pop())
			case "real":
				v = constant.Real(pop())
			case "imag":
				v = constant.Imag(pop())
			case "float64":
				f, _ := constant.Float64Val(pop())
				v = constant.MakeFloat64(f)
			case "float32":
				f, _ := constant.Float32Val(pop())
				v = constant.MakeFloat64(float64(f))
			default:
				return "no such step: " + name
			}
		}
		if v.Kind() == constant.Unknown {
			return "unknown"
		}
		stack = append(stack, v)
	}
	return describe(pop())
}

func describe(v constant.Value) string {
	fields := []string{v.Kind().String(), v.String(), v.ExactString()}
	switch v.Kind() {
	case constant.Int, constant.Float:
		f64, _ := constant.Float64Val(v)
		f32, _ := constant.Float32Val(v)
		fields = append(fields, fmt.Sprintf("%x %x", math.Float64bits(f64), math.Float32bits(f32)))
		fallthrough
	case constant.Complex:
		fields = append(fields, fmt.Sprint(constant.Sign(v) != 0),
			constant.ToInt(v).ExactString(), constant.ToFloat(v).ExactString(), constant.ToComplex(v).ExactString())
	}
	if v.Kind() == constant.Int {
		i, iok := constant.Int64Val(v)
		u, uok := constant.Uint64Val(v)
		if !iok {
			i = 0
		}
		if !uok {
			u = 0
		}
		fields = append(fields, fmt.Sprint(constant.Sign(v), constant.BitLen(v), i, iok, u, uok))
	}
	return strings.Join(fields, "\t")
}

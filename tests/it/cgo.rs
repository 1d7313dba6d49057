//! Packages that import "C": the compiler sees what cgo makes of them.
//!
//! They need a C compiler, as Rust does.

use std::process::{Command, Output};

use serde_json::Value;
use tests::folder::Folder;

/// Uses each kind of C name, and each form of argument that is checked.
const MODULE: &str = "\
-- go.mod --
module ex.com/c

go 1.26
-- plain.go --
package c

func New() *int {
	n := 1
	return &n
}
-- c.go --
package c

/*
#cgo CFLAGS: -DGIVEN=3
#include <stdlib.h>
#include <string.h>
#include \"point.h\"

#define N 5
#define S \"text\"
#define F 1.5
#define LEN (strlen(\"abc\"))

union number { int i; double d; void *p; };
enum color { RED, GREEN = 7 };

static int add(int a, int b) { return a + b; }
static int sum(point *p) { return p->x + p->y; }
static void fill(void *p, size_t n) { memset(p, 0, n); }
static point *make(void) { return malloc(sizeof(point)); }
static int counter;
typedef int (*binary)(int, int);
static int apply(binary f, int a) { return f(a, a); }
static const char *label(enum color c) { return \"x\"; }
*/
import \"C\"

import \"unsafe\"

type Box struct {
	p C.point
	n C.union_number
}

func Add(a, b int) int { return int(C.add(C.int(a), C.int(b))) }

func Sum(x, y int) int {
	p := C.point{x: C.int(x), y: C.int(y), _type: 1}
	return int(C.sum(&p))
}

func Fill(b []byte) {
	C.fill(unsafe.Pointer(&b[0]), C.size_t(len(b)))
}

func Text(s string) string {
	c := C.CString(s)
	defer C.free(unsafe.Pointer(c))
	return C.GoStringN(c, C.int(C.strlen(c)))
}

func Make() (*C.point, error) {
	p, err := C.make()
	return p, err
}

func Consts() (int, string, float64, C.ulong) {
	C.counter++
	return C.N + C.GIVEN + int(C.counter), C.S, C.F, C.LEN
}

func Apply() int { return int(C.apply(C.binary(C.add), 3)) }

func Label(c C.enum_color) string {
	if c == C.GREEN {
		return \"green\"
	}
	return C.GoString(C.label(c))
}

func NewBox() *Box { return &Box{} }

func Size() int { return C.sizeof_point + C.sizeof_int }

func Nested(p *C.point) C.int {
	return C.add(C.sum(p), C.sum(&C.point{
		x: 1,
	}))
}
-- point.h --
typedef struct point { int x, y; struct point *next; char name[16]; int type; int bits : 3; } point;
";

fn goescape(folder: &Folder, args: &[&str], cc: Option<&str>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_goescape-under-test"));
    command.args(args).current_dir(folder.path()).env("CGO_ENABLED", "1").env_remove("GOFLAGS");
    if let Some(cc) = cc {
        command.env("CC", cc);
    }
    command.output().unwrap()
}

#[test]
fn what_uses_c_gets_the_lines_of_the_compiler() {
    let folder = Folder::new(MODULE);
    let output = goescape(&folder, &["verify", "--list", "--at-least", "100"], None);
    let table = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{table}{}", String::from_utf8_lossy(&output.stderr));
    assert!(table.contains("can-inline"), "{table}");
}

#[test]
fn what_is_found_stands_in_the_text_of_the_user() {
    let folder = Folder::new(MODULE);
    let output = goescape(&folder, &["check", "--format=json"], None);
    let lines = String::from_utf8(output.stdout).unwrap();
    let findings: Vec<Value> =
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let place = |line: &str| {
        let text = MODULE.split_once("-- c.go --\n").unwrap().1;
        text.lines().position(|one| one.contains(line)).unwrap() as u64 + 1
    };
    let of_line = |line: &str| {
        let (number, in_file) = (place(line), |one: &&Value| {
            one["at"]["file"].as_str().is_some_and(|file| file.ends_with("c.go"))
        });
        let found = findings.iter().filter(in_file).find(|one| one["at"]["line"] == number);
        found.unwrap_or_else(|| panic!("nothing in line {number} of {findings:#?}"))
    };
    let point = of_line("p := C.point{x");
    assert_eq!(point["at"]["column"], 2);
    let reason = point["reason"].as_str().unwrap();
    assert_eq!(
        reason,
        "`p` is on the heap because its address is passed to C.sum, which may keep it"
    );
    // 8 bytes of numbers, a pointer, 16 characters, a number and its padding.
    assert_eq!(point["size"], 40);
    let steps = point["flow"].as_array().unwrap().iter().map(|step| step["text"].as_str().unwrap());
    assert_eq!(steps.collect::<Vec<_>>(), ["its address is taken: `&p`", "passed to C.sum"]);
    assert_eq!(of_line("&Box{}")["at"]["column"], 29);
}

#[test]
fn without_a_c_compiler_all_else_is_told_and_the_rest_said_plainly() {
    let folder = Folder::new(MODULE);
    let output = goescape(&folder, &["check"], Some("/nowhere/cc"));
    let errors = String::from_utf8_lossy(&output.stderr);
    let plain = "c.go:1:1: what cgo makes of this package is not known: /nowhere/cc: ";
    assert!(errors.contains(plain), "{errors}");
    let found = String::from_utf8_lossy(&output.stdout);
    assert!(found.contains("`n` is on the heap"), "{found}");
    let output = goescape(&folder, &["doctor"], Some("/nowhere/cc"));
    let doctor = String::from_utf8_lossy(&output.stdout);
    assert!(doctor.contains("a C compiler: /nowhere/cc: "), "{doctor}");
}

//! Escape analysis on Go text, without inlining, in the compiler's words.
//!
//! A line's comment that begins with `want` holds, each in back quotes, all decisions that stand
//! on the line: what is in the heap, what is not, how parameters leak. With `GOESCAPE_SLOW=1` the
//! installed compiler is asked about each program too, explanations included.

use std::fmt::Write as _;
use std::process::Command;
use std::sync::Arc;

use analysis::cancel::CancelToken;
use analysis::compile::{Input, ParsedFile, compile};
use analysis::explain::gc;
use analysis::release::{Release, Target};
use analysis::summary::Imports;
use analysis::types::ty::PkgId;

/// The lines of a program: level of detail, line, text with its position.
fn our_lines(program: &str, release: Release) -> Vec<(u8, u32, String)> {
    let file = ParsedFile::new("./p.go".into(), program.into(), None);
    let (import_map, imports) = (Default::default(), Imports::default());
    let input = Input {
        id: PkgId::new("p"),
        files: &[Arc::new(file)],
        import_map: &import_map,
        imports: &imports,
        go_version: None,
        target: Target { release, no_inline: true, ..Target::DEFAULT },
        key: None,
        remember: false,
    };
    let Ok(compiled) = compile(&input, None, &CancelToken::default()) else {
        panic!("nothing cancels a test");
    };
    assert!(compiled.left_out.is_empty(), "the program has errors: {:?}", compiled.left_out);
    let lines = gc::lines(&compiled, &imports);
    lines
        .into_iter()
        .map(|line| {
            let mut text = line.file;
            let _ = write!(text, ":{}", line.line);
            if line.column > 0 {
                let _ = write!(text, ":{}", line.column);
            }
            let _ = write!(text, ": {}", line.text);
            (line.level, line.line, text)
        })
        .collect()
}

/// The texts in quotes after `// want`.
fn wanted(line: &str) -> Vec<String> {
    let Some((_, wants)) = line.split_once("// want ") else { return Vec::new() };
    wants.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[track_caller]
fn check(program: &str) {
    let program = format!("package p\n{program}");
    let ours = our_lines(&program, Release::NEWEST);
    for (number, line) in (1..).zip(program.lines()) {
        let mut wants = wanted(line);
        let here = ours.iter().filter(|(level, at, _)| *level == 1 && *at == number);
        let mut found: Vec<String> = here
            .map(|(_, _, text)| text.splitn(4, ':').nth(3).unwrap_or(text).trim_start().to_owned())
            .collect();
        wants.sort();
        found.sort();
        assert_eq!(found, wants, "line {number}: {line}");
    }
    if std::env::var_os("GOESCAPE_SLOW").is_some() {
        compare_with_compiler(&program);
    }
}

/// Checks that lines are among the explanations, each once.
#[track_caller]
fn check_explained(program: &str, wants: &[&str]) {
    let program = format!("package p\n{program}");
    let ours = our_lines(&program, Release::NEWEST);
    for want in wants {
        let times = ours.iter().filter(|(_, _, text)| text == want).count();
        assert_eq!(times, 1, "{want} among {ours:#?}");
    }
    if std::env::var_os("GOESCAPE_SLOW").is_some() {
        compare_with_compiler(&program);
    }
}

#[track_caller]
fn compare_with_compiler(program: &str) {
    let go = std::env::var("GOESCAPE_GO").unwrap_or_else(|_| "go".to_owned());
    let version = Command::new(&go).args(["env", "GOVERSION"]).output().unwrap();
    let (release, _) = Release::of_toolchain(String::from_utf8_lossy(&version.stdout).trim());
    let unique = format!("goescape-{}-{:?}", std::process::id(), std::thread::current().id());
    let dir = std::env::temp_dir().join(unique);
    std::fs::create_dir_all(&dir).unwrap();
    std::fs::write(dir.join("go.mod"), "module p\n\ngo 1.26\n").unwrap();
    std::fs::write(dir.join("p.go"), program).unwrap();
    let output =
        Command::new(&go).current_dir(&dir).args(["build", "-gcflags=-m=2 -l"]).output().unwrap();
    std::fs::remove_dir_all(&dir).unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{text}");
    let mut theirs: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    let ours = our_lines(program, release);
    let mut ours: Vec<&str> = ours.iter().map(|(_, _, text)| text.as_str()).collect();
    theirs.sort_unstable();
    ours.sort_unstable();
    assert_eq!(ours, theirs, "ours on the left, {go}'s on the right");
}

#[test]
fn a_returned_address_moves_the_local_to_the_heap() {
    check(
        "
func origin() *point {
	p := point{} // want `moved to heap: p`
	return &p
}
type point struct{ x, y int }
",
    );
}

#[test]
fn the_order_of_statements_does_not_matter() {
    check(
        "
var g *int
func f() {
	var s struct{ a, b *int }
	x, y := 1, 2 // want `moved to heap: x` `moved to heap: y`
	s.a, s.b = &x, &y
	g = s.a
}
",
    );
}

#[test]
fn parameters_leak_to_the_heap_to_results_and_by_their_content() {
    check(
        "
var g *int
func heap(p *int) { g = p } // want `leaking param: p`
func content(p **int) { g = *p } // want `leaking param content: p`
func result(p **int) *int { return *p } // want `leaking param: p to result ~r0 level=1`
func nowhere(p *int) int { return *p } // want `p does not escape`
func both(p *int) *int { g = p; return p } // want `leaking param: p`
",
    );
}

#[test]
fn a_sixth_result_counts_as_the_heap() {
    check(
        "
func fifth(p *int) (a, b, c, d, e *int) { return nil, nil, nil, nil, p } // want `leaking param: p to result e level=0`
func sixth(p *int) (a, b, c, d, e, f *int) { return nil, nil, nil, nil, nil, p } // want `leaking param: p`
",
    );
}

#[test]
fn what_a_loop_makes_anew_escapes_into_a_variable_outside() {
    check(
        "
func f() {
	var p *int
	for i := 0; i < 3; i++ {
		p = new(int) // want `new(int) escapes to heap`
	}
	_ = p
	q := new(int) // want `new(int) does not escape`
	_ = q
}
",
    );
}

#[test]
fn a_goto_back_makes_a_loop() {
    check(
        "
func f() {
	var p *int
	n := 0
again:
	x := n // want `moved to heap: x`
	p = &x
	n++
	if n < 3 {
		goto again
	}
	_ = *p
}
",
    );
}

#[test]
fn literals_capture_what_never_changes_by_value() {
    check(
        "
func f() func() int {
	x, y := 1, 2 // want `moved to heap: y`
	return func() int { y++; return x + y } // want `func literal escapes to heap`
}
",
    );
}

#[test]
fn results_of_a_literal_called_in_place_stay_on_the_stack() {
    check(
        "
func direct() int {
	u := 1
	fn := func() *int { return &u } // want `func literal does not escape`
	return *fn()
}
func passed() {
	u := 1 // want `moved to heap: u`
	use(func() *int { return &u }) // want `func literal does not escape`
}
func use(fn func() *int) *int { return fn() } // want `fn does not escape`
",
    );
}

#[test]
fn a_constant_behind_a_variable_decides_about_a_slice() {
    check(
        "
func f() {
	n := 10
	_ = make([]int, n) // want `make([]int, 10) does not escape`
	big := 10000
	_ = make([]int, big) // want `make([]int, 10000) escapes to heap`
}
func g(n int) {
	_ = make([]int, n) // want `make([]int, n) does not escape`
}
",
    );
}

#[test]
fn a_constant_behind_a_variable_shows_in_an_interface() {
    check(
        "
var sink any
func f() {
	x := 5
	sink = x // want `5 escapes to heap`
	y := 6
	y++
	sink = y // want `y escapes to heap`
}
",
    );
}

#[test]
fn assigning_back_is_ignored() {
    check(
        "
type buffer struct{ buf, old []byte; arr [8]byte }
func (b *buffer) trim() { b.buf = b.buf[1:] } // want `(*buffer).trim ignoring self-assignment in b.buf = b.buf[1:]` `b does not escape`
func (b *buffer) whole() { b.buf = b.arr[:] } // want `leaking param: b`
",
    );
}

#[test]
fn deferring_in_a_loop_allocates() {
    check(
        "
func use(p *int) {} // want `p does not escape`
func f() {
	x := 1
	defer use(&x)
	for i := 0; i < 3; i++ {
		y := i // want `moved to heap: y`
		defer func() { use(&y) }() // want `func literal escapes to heap`
	}
}
",
    );
}

#[test]
fn an_append_keeps_what_it_adds() {
    check(
        "
func add(s []*int, p *int) []*int { return append(s, p) } // want `leaking param content: s` `leaking param: s to result ~r0 level=0` `leaking param: p` `append escapes to heap`
func numbers() int {
	var s []int
	s = append(s, 1) // want `append does not escape`
	return len(s)
}
",
    );
}

#[test]
fn nothing_flows_out_of_maps_and_channels() {
    check(
        "
var g *int
func m(m map[int]*int) { g = m[1] } // want `m does not escape`
func c(c chan *int) { g = <-c } // want `c does not escape`
func s(s []*int) { g = s[0] } // want `leaking param content: s`
",
    );
}

#[test]
fn a_read_only_copy_of_a_string_is_not_made() {
    check(
        "
func read(b []byte) int { return len(b) } // want `b does not escape`
func write(b []byte) { b[0] = 1 } // want `b does not escape`
func f(s string) { // want `s does not escape`
	read([]byte(s)) // want `([]byte)(s) does not escape` `zero-copy string->[]byte conversion`
	write([]byte(s)) // want `([]byte)(s) does not escape`
}
",
    );
}

#[test]
fn too_much_for_the_stack_goes_to_the_heap() {
    check(
        "
func f() {
	var fits [128 << 10]byte
	_ = fits
	var x [128<<10 + 1]byte // want `moved to heap: x`
	_ = x
	_ = new([64<<10 + 1]byte) // want `new([65537]byte) escapes to heap`
	_ = make([]struct{}, 10) // want `make([]struct {}, 10) escapes to heap`
}
",
    );
}

#[test]
fn functions_that_call_each_other_are_solved_together() {
    check(
        "
var g *int
func even(n int, p *int) { // want `leaking param: p`
	if n == 0 {
		g = p
	}
	odd(n-1, p)
}
func odd(n int, p *int) { even(n-1, p) } // want `leaking param: p`
",
    );
}

#[test]
fn a_value_discarded_beside_another_is_explained_as_zero() {
    check_explained(
        "func first(x any) *int {\n\tn, _ := x.(*int)\n\treturn n\n}\n",
        &["./p.go:2:12:     from n, _ := (*int)(.autotmp_3), 0 (assign-pair) at ./p.go:3:7"],
    );
}

#[test]
fn a_wrapper_has_the_parameters_of_its_method() {
    check_explained(
        "type inner interface{ Write(b []byte, _ int) }\ntype outer interface{ inner }\n\
         type T struct{ outer }\n",
        &[
            "./p.go:2:29: parameter b leaks to {heap} for outer.Write with derefs=0:",
            "./p.go:2:29: parameter b leaks to {heap} for (*T).Write with derefs=0:",
            "<autogenerated>:1: parameter ~p0 leaks to {heap} for inner.Write with derefs=0:",
        ],
    );
}

//! Fixes: Go text with a cursor goes in, the title and the changed text come out.
//!
//! `¦` marks the cursor. Several files are set apart by `-- dir/file.go --` lines; a directory is a
//! package whose import path is the directory's name. Directories that begin with `vendor_` are not
//! part of the workspace.

use std::sync::Arc;

use serde_json::{Value, json};
use tests::editor::{Editor, uri};
use tests::folder::Folder;

use analysis::explain::finding::{Action, Location};
use analysis::host::{Change, Files, Host, PackageSource};
use analysis::release::{GoVersion, Target};
use analysis::symbol::Symbol;
use analysis::types::ty::PkgId;

/// A workspace in memory.
struct Texts {
    files: Vec<(String, String)>,
    cursor: Location,
}

struct Nothing;

impl Files for Nothing {
    fn read(&self, path: Symbol) -> Result<Arc<str>, String> {
        Err(format!("{path}: no such file"))
    }
}

impl Texts {
    fn new(marked: &str) -> Texts {
        let mut files: Vec<(String, String)> = Vec::new();
        if !marked.trim_start().starts_with("-- ") {
            files.push(("p/p.go".into(), String::new()));
        }
        for line in marked.trim_start().split_inclusive('\n') {
            match line.strip_prefix("-- ").and_then(|rest| rest.trim_end().strip_suffix(" --")) {
                Some(path) => files.push((path.into(), String::new())),
                None => files.last_mut().unwrap().1.push_str(line),
            }
        }
        for (path, text) in &mut files {
            if !text.lines().any(|line| line.starts_with("package ")) {
                let name = path.split('/').next().unwrap();
                *text = format!("package {name}\n\n{text}");
            }
        }
        let mut cursor = None;
        for (path, text) in &mut files {
            if let Some(at) = text.find('¦') {
                *text = text.replacen('¦', "", 1);
                let (file, at) = (Symbol::new(path), at as u32);
                cursor = Some(Location { file, start: at, end: at });
            }
        }
        Texts { files, cursor: cursor.expect("a cursor") }
    }

    fn packages(&self) -> Vec<PackageSource> {
        let mut packages: Vec<PackageSource> = Vec::new();
        for (path, text) in &self.files {
            let (dir, _) = path.split_once('/').unwrap();
            let id = PkgId::new(dir);
            let imports = text.lines().filter_map(|line| {
                let path = line.strip_prefix("import ")?.trim().trim_matches('"');
                Some((Symbol::new(path), PkgId::new(path)))
            });
            let imports = imports.collect();
            match packages.iter_mut().find(|package| package.id == id) {
                Some(package) => {
                    package.files.push(Symbol::new(path));
                    package.imports.extend::<rustc_hash::FxHashMap<_, _>>(imports);
                }
                None => packages.push(PackageSource {
                    id,
                    files: vec![Symbol::new(path)],
                    cgo_files: Vec::new(),
                    imports,
                    go_version: Some(GoVersion::new(27)),
                    asked: true,
                    mutable: !dir.starts_with("vendor_"),
                }),
            }
        }
        packages
    }

    fn host(&self) -> Host {
        let mut host = Host::new(Arc::new(Nothing), Target::DEFAULT);
        let files = self.files.iter();
        host.apply(Change {
            files: files
                .map(|(path, text)| (Symbol::new(path), Some(Arc::from(text.as_str()))))
                .collect(),
            packages: Some(self.packages()),
            ..Change::default()
        });
        host
    }

    fn actions(&self) -> Vec<Action> {
        let view = self.host().view();
        for package in self.packages() {
            let problems = view.package(package.id).unwrap().problems;
            assert!(problems.is_empty(), "{problems:?}");
        }
        let package = view.packages_of(self.cursor.file)[0];
        view.actions(package, self.cursor).unwrap()
    }

    /// The files that an action changes.
    fn after(&self, action: &Action) -> Vec<(String, String)> {
        let mut changed = Vec::new();
        for (path, text) in &self.files {
            let mut edits: Vec<_> =
                action.edits.iter().filter(|edit| edit.at.file.as_str() == path).collect();
            edits.sort_by_key(|edit| std::cmp::Reverse(edit.at.start));
            let mut text = text.clone();
            for edit in &edits {
                text.replace_range(edit.at.start as usize..edit.at.end as usize, &edit.text);
            }
            if !edits.is_empty() {
                changed.push((path.clone(), text));
            }
        }
        changed
    }
}

/// Exactly one fix is offered; the changed files are those of `after`.
#[track_caller]
fn check(before: &str, title: &str, after: &str) {
    let texts = Texts::new(before);
    let actions = texts.actions();
    let titles: Vec<&str> = actions.iter().map(|action| action.title.as_str()).collect();
    assert_eq!(titles, [title]);
    // The mark makes `after` readable for the same reader.
    let wanted = Texts::new(&format!("{after}¦"));
    let wanted: Vec<_> =
        wanted.files.into_iter().map(|(path, text)| format!("-- {path} --\n{text}")).collect();
    let changed: Vec<_> =
        texts.after(&actions[0]).iter().map(|(p, text)| format!("-- {p} --\n{text}")).collect();
    assert_eq!(changed.concat(), wanted.concat());
}

/// No fix is offered.
#[track_caller]
fn check_none(text: &str) {
    let texts = Texts::new(text);
    if let Some(action) = texts.actions().first() {
        panic!("offered: {}\n{:?}", action.title, texts.after(action));
    }
}

const POINT: &str = "type Point struct{ X, Y, Z int }\n\nvar sink any\n";

/// The same with a type `Point` in package `p`.
#[track_caller]
fn check_point(before: &str, title: &str, after: &str) {
    check(&with_point(before), title, &with_point(after));
}

#[track_caller]
fn check_point_none(text: &str) {
    check_none(&with_point(text));
}

fn with_point(text: &str) -> String {
    format!("{}\n{POINT}", text.trim_start())
}

#[test]
fn a_returned_local_is_returned_by_value() {
    check_point(
        r#"
//go:noinline
func NewPoint() *Point {
	p := Point{} // the ori¦gin
	p.X = 1
	return &p
}

func use() int {
	p := NewPoint()
	p.Y++
	return p.X
}
"#,
        "Return Point by value (API change): saves 1 heap allocation of 24 B per call",
        r#"
//go:noinline
func NewPoint() Point {
	p := Point{} // the origin
	p.X = 1
	return p
}

func use() int {
	p := NewPoint()
	p.Y++
	return p.X
}
"#,
    );
}

#[test]
fn literals_and_new_are_returned_by_value() {
    check_point(
        r#"
func Make(deep bool) (*Point, bool) {
	if deep {
		return &Point{Z: -1}, true
	}
	return new¦(Point), false
}
"#,
        "Return Point by value (API change): saves 1 heap allocation of 24 B per call",
        r#"
func Make(deep bool) (Point, bool) {
	if deep {
		return Point{Z: -1}, true
	}
	return Point{}, false
}
"#,
    );
}

#[test]
fn a_pointer_variable_in_the_constructor_becomes_a_value() {
    check_point(
        r#"
func (p *Point) reset() { p.X = 0 }

func move(p *Point) { p.Y++ }

//go:noinline
func NewPoint() *Point {
	p := &Point{X: 1}¦
	p.reset()
	move(p)
	(*p).Z = 2
	return p
}
"#,
        "Return Point by value (API change): saves 1 heap allocation of 24 B per call",
        r#"
func (p *Point) reset() { p.X = 0 }

func move(p *Point) { p.Y++ }

//go:noinline
func NewPoint() Point {
	p := Point{X: 1}
	p.reset()
	move(&p)
	p.Z = 2
	return p
}
"#,
    );
}

#[test]
fn a_result_compared_with_nil_stays_a_pointer() {
    check_point_none(
        r#"
//go:noinline
func NewPoint() *Point {
	return &Poi¦nt{}
}

func use() bool {
	p := NewPoint()
	return p != nil
}
"#,
    );
}

#[test]
fn a_stored_function_keeps_its_type() {
    check_point_none(
        r#"
//go:noinline
func NewPoint() *Point {
	return &Poi¦nt{}
}

var maker = NewPoint
"#,
    );
}

#[test]
fn pointers_compared_with_each_other_stay_pointers() {
    check_point_none(
        r#"
//go:noinline
func NewPoint() *Point {
	return &Poi¦nt{}
}

func use() bool {
	p, q := NewPoint(), NewPoint()
	return p == q
}
"#,
    );
}

#[test]
fn a_pointer_stored_in_a_struct_stays_one() {
    check_point_none(
        r#"
//go:noinline
func NewPoint() *Point {
	return &Poi¦nt{}
}

type line struct{ from, to *Point }

func use() line {
	return line{from: NewPoint()}
}
"#,
    );
}

#[test]
fn a_caller_that_stores_the_variable_in_a_returned_struct_keeps_the_pointer() {
    check_point_none(
        r#"
//go:noinline
func NewPoint() *Point {
	return &Poi¦nt{}
}

type line struct{ from, to *Point }

func use() line {
	p := NewPoint()
	return line{from: p}
}
"#,
    );
}

#[test]
fn a_caller_that_stores_the_result_in_an_interface_keeps_the_pointer() {
    check_point_none(
        r#"
//go:noinline
func NewPoint() *Point {
	return &Poi¦nt{}
}

func use() {
	p := NewPoint()
	sink = p
}
"#,
    );
}

#[test]
fn a_caller_outside_of_the_workspace_keeps_the_pointer() {
    check_none(
        r#"
-- p/p.go --
package p

type Point struct{ X, Y int }

//go:noinline
func NewPoint() *Point {
	return &Poi¦nt{}
}
-- vendor_q/q.go --
package q

import "p"

func use() int {
	return p.NewPoint().X
}
"#,
    );
}

#[test]
fn callers_in_other_packages_are_changed_too() {
    check(
        r#"
-- p/p.go --
package p

type Point struct{ X, Y int }

//go:noinline
func NewPoint() *Point {
	return &Poi¦nt{}
}
-- q/q.go --
package q

import "p"

func use() int {
	var a *p.Point = p.NewPoint()
	b := *a
	c := *p.NewPoint()
	a.X++
	return a.X + b.X + c.Y + p.NewPoint().Y
}
"#,
        "Return Point by value (API change): saves 1 heap allocation of 16 B per call",
        r#"
-- p/p.go --
package p

type Point struct{ X, Y int }

//go:noinline
func NewPoint() Point {
	return Point{}
}
-- q/q.go --
package q

import "p"

func use() int {
	var a p.Point = p.NewPoint()
	b := a
	c := p.NewPoint()
	a.X++
	return a.X + b.X + c.Y + p.NewPoint().Y
}
"#,
    );
}

#[test]
fn a_method_that_an_interface_names_keeps_its_type() {
    check_point_none(
        r#"
type factory struct{ n int }

//go:noinline
func (f factory) make() *Point {
	return &Poi¦nt{X: f.n}
}

func use(x any) bool {
	_, ok := x.(interface{ make() *Point })
	return ok
}
"#,
    );
}

#[test]
fn a_method_is_changed_where_no_interface_names_it() {
    check_point(
        r#"
type factory struct{ n int }

//go:noinline
func (f factory) make() *Point {
	return &Poi¦nt{X: f.n}
}

func use(f factory) int {
	return f.make().X
}
"#,
        "Return Point by value: saves 1 heap allocation of 24 B per call",
        r#"
type factory struct{ n int }

//go:noinline
func (f factory) make() Point {
	return Point{X: f.n}
}

func use(f factory) int {
	return f.make().X
}
"#,
    );
}

#[test]
fn a_value_with_a_lock_is_not_copied() {
    check_none(
        r#"
type mutex struct{ state int }

func (m *mutex) Lock()   { m.state++ }
func (m *mutex) Unlock() { m.state-- }

type guarded struct {
	mu mutex
	n  int
}

//go:noinline
func newGuarded() *guarded {
	g := &guarded{}¦
	g.mu.Lock()
	return g
}
"#,
    );
}

#[test]
fn a_variable_that_a_deferred_call_may_change_is_not_copied() {
    check_point_none(
        r#"
//go:noinline
func NewPoint() *Point {
	p := Point{}¦
	defer func() { p.X = 1 }()
	return &p
}
"#,
    );
}

#[test]
fn an_assigned_pointer_stays_one() {
    check_point_none(
        r#"
//go:noinline
func NewPoint() *Point {
	return &Poi¦nt{}
}

func use() int {
	p := NewPoint()
	q := p
	p = NewPoint()
	return p.X + q.X
}
"#,
    );
}

#[test]
fn a_second_pointer_to_the_value_becomes_its_address() {
    check_point(
        r#"
//go:noinline
func NewPoint() *Point {
	return &Poi¦nt{}
}

func use() int {
	p := NewPoint()
	q := p
	q.X++
	return p.X
}
"#,
        "Return Point by value (API change): saves 1 heap allocation of 24 B per call",
        r#"
//go:noinline
func NewPoint() Point {
	return Point{}
}

func use() int {
	p := NewPoint()
	q := &p
	q.X++
	return p.X
}
"#,
    );
}

#[test]
fn a_goroutine_gets_the_captured_variable_as_an_argument() {
    check(
        r#"
func use(int)

//go:noinline
func fill(p *int) bool { *p = 1; return true }

func f() {
	var x int
	if !fill(&x) {
		x = -1
	}
	go fun¦c() {
		use(x) // the last value
	}()
}
"#,
        "Pass x as an argument: saves 1 heap allocation of 8 B per call",
        r#"
func use(int)

//go:noinline
func fill(p *int) bool { *p = 1; return true }

func f() {
	var x int
	if !fill(&x) {
		x = -1
	}
	go func(x int) {
		use(x) // the last value
	}(x)
}
"#,
    );
}

#[test]
fn an_argument_goes_behind_those_that_are_there() {
    check(
        r#"
func use(a, x int)

//go:noinline
func fill(p *int) { *p = 1 }

func f(n int) {
	for i := range n {
		var x int
		fill(&x)
		go fun¦c(a int) {
			use(a, x)
		}(i)
	}
}
"#,
        "Pass x as an argument: saves 1 heap allocation of 8 B per iteration",
        r#"
func use(a, x int)

//go:noinline
func fill(p *int) { *p = 1 }

func f(n int) {
	for i := range n {
		var x int
		fill(&x)
		go func(a int, x int) {
			use(a, x)
		}(i, x)
	}
}
"#,
    );
}

#[test]
fn a_large_variable_would_be_on_the_heap_as_an_argument_too() {
    check_none(
        r#"
type table struct{ cells [40]int }

func use(t table)

func f(t table) {
	go fun¦c() {
		use(t)
	}()
}
"#,
    );
}

#[test]
fn a_variable_whose_address_is_kept_stays_captured() {
    check_none(
        r#"
func use(int)

//go:noinline
func same(p *int) *int { return p }

func f() {
	var x int
	p := same(&x)
	go fun¦c() {
		use(x)
	}()
	*p = 2
}
"#,
    );
}

#[test]
fn a_variable_assigned_after_the_go_statement_stays_captured() {
    check_none(
        r#"
func use(int)

func f(n int) {
	x := n
	go fun¦c() {
		use(x)
	}()
	x = 2
}
"#,
    );
}

#[test]
fn a_variable_assigned_in_the_next_iteration_stays_captured() {
    check_none(
        r#"
func use(int)

func f(n int) {
	x := 0
	for range n {
		x++
		go fun¦c() {
			use(x)
		}()
	}
}
"#,
    );
}

#[test]
fn a_variable_that_the_goroutine_assigns_stays_captured() {
    check_none(
        r#"
func f(n int, done chan bool) int {
	x := n
	go fun¦c() {
		x++
		done <- true
	}()
	<-done
	return x
}
"#,
    );
}

#[test]
fn a_size_that_never_changes_becomes_a_constant() {
    check(
        r#"
var size = 64 // bytes

func use([]byte) int { return 1 }

func f() int {
	buf := make([]byte, si¦ze)
	return use(buf)
}
"#,
        "Make size a constant: saves 1 heap allocation of 64 B per call",
        r#"
const size int = 64 // bytes

func use([]byte) int { return 1 }

func f() int {
	buf := make([]byte, size)
	return use(buf)
}
"#,
    );
}

#[test]
fn a_size_that_someone_sets_stays_a_variable() {
    check_none(
        r#"
var size = 64

func Grow() { size *= 2 }

func f() int {
	buf := make([]byte, si¦ze)
	return len(buf)
}
"#,
    );
}

#[test]
fn a_constant_size_does_not_help_a_slice_that_is_kept() {
    check_none(
        r#"
var size = 64

var kept []byte

func f() {
	kept = make([]byte, si¦ze)
}
"#,
    );
}

#[test]
fn a_tiny_size_is_not_worth_a_constant() {
    check_none(
        r#"
var size = 4

func f() int {
	buf := make([]int, si¦ze)
	return len(buf)
}
"#,
    );
}

#[test]
fn a_pointer_that_is_nil_only_with_an_error_is_returned_by_value() {
    check_point(
        r#"
type failure struct{}

func (failure) Error() string { return "" }

//go:noinline
func newPoint(x int) (*Point, error) {
	if x < 0 {
		return nil, failure{}
	}
	return &Poi¦nt{X: x}, nil
}

func use(x int) (int, error) {
	p, err := newPoint(x)
	if err != nil {
		return 0, err
	}
	if q, err := newPoint(2); err == nil {
		p.Y = q.X
	}
	return p.Y, nil
}

func drop() error {
	_, err := newPoint(1)
	return err
}
"#,
        "Return Point by value: saves 1 heap allocation of 24 B per call",
        r#"
type failure struct{}

func (failure) Error() string { return "" }

//go:noinline
func newPoint(x int) (Point, error) {
	if x < 0 {
		return Point{}, failure{}
	}
	return Point{X: x}, nil
}

func use(x int) (int, error) {
	p, err := newPoint(x)
	if err != nil {
		return 0, err
	}
	if q, err := newPoint(2); err == nil {
		p.Y = q.X
	}
	return p.Y, nil
}

func drop() error {
	_, err := newPoint(1)
	return err
}
"#,
    );
}

#[test]
fn a_pointer_that_is_nil_only_with_false_is_returned_by_value() {
    check_point(
        r#"
//go:noinline
func find(x int) (*Point, bool) {
	if x < 0 {
		return nil, false
	}
	return &Poi¦nt{X: x}, true
}

func use(x int) int {
	if p, ok := find(x); ok && x > 1 {
		return p.X
	}
	return 0
}
"#,
        "Return Point by value: saves 1 heap allocation of 24 B per call",
        r#"
//go:noinline
func find(x int) (Point, bool) {
	if x < 0 {
		return Point{}, false
	}
	return Point{X: x}, true
}

func use(x int) int {
	if p, ok := find(x); ok && x > 1 {
		return p.X
	}
	return 0
}
"#,
    );
}

#[test]
fn a_caller_that_does_not_look_at_the_error_keeps_the_pointer() {
    let new_point = r#"
//go:noinline
func newPoint(x int, err error) (*Point, error) {
	if err != nil {
		return nil, err
	}
	return &Poi¦nt{X: x}, nil
}
"#;
    for caller in [
        "p, _ := newPoint(1, nil)\n\treturn p.X",
        "p, err := newPoint(1, nil)\n\tif err != nil {\n\t\tp.X = 1\n\t}\n\treturn p.X",
        "p, err := newPoint(1, nil)\n\tif err != nil || p.X > 1 {\n\t\treturn p.X\n\t}\n\treturn 0",
        "if p, err := newPoint(1, nil); err != nil {\n\t\treturn p.X\n\t}\n\treturn 0",
    ] {
        check_point_none(&format!("{new_point}\nfunc use() int {{\n\t{caller}\n}}\n"));
    }
}

#[test]
fn a_nil_without_an_error_stays_a_pointer() {
    for error in ["nil", "err"] {
        check_point_none(&format!(
            r#"
//go:noinline
func newPoint(x int, err error) (*Point, error) {{
	if x < 0 {{
		return nil, {error}
	}}
	return &Poi¦nt{{X: x}}, nil
}}

func use() int {{
	p, err := newPoint(1, nil)
	if err != nil {{
		return 0
	}}
	return p.X
}}
"#
        ));
    }
}

#[test]
fn functions_that_hand_the_pointer_on_are_changed_too() {
    check_point(
        r#"
//go:noinline
func newPoint(x int) *Point {
	return &Poi¦nt{X: x}
}

//go:noinline
func origin() *Point {
	return newPoint(0)
}

//go:noinline
func moved(x int) *Point {
	p := newPoint(x)
	p.Y = 1
	return p
}

func use() int {
	return origin().X + moved(1).Y
}
"#,
        "Return Point by value, also from 2 other functions: saves 1 heap allocation of 24 B per call",
        r#"
//go:noinline
func newPoint(x int) Point {
	return Point{X: x}
}

//go:noinline
func origin() Point {
	return newPoint(0)
}

//go:noinline
func moved(x int) Point {
	p := newPoint(x)
	p.Y = 1
	return p
}

func use() int {
	return origin().X + moved(1).Y
}
"#,
    );
}

#[test]
fn a_caller_that_returns_an_interface_keeps_the_pointer() {
    check_point_none(
        r#"
//go:noinline
func newPoint(x int) *Point {
	return &Poi¦nt{X: x}
}

func use() any {
	return newPoint(1)
}
"#,
    );
}

#[test]
fn a_pointer_method_of_the_result_itself_needs_the_pointer() {
    check_point_none(
        r#"
func (p *Point) reset() { p.X = 0 }

//go:noinline
func newPoint(x int) *Point {
	return &Poi¦nt{X: x}
}

func use() {
	newPoint(1).reset()
}
"#,
    );
}

#[test]
fn generated_files_are_not_edited() {
    check_none(
        r#"
-- p/p.go --
package p

type Point struct{ X, Y int }

//go:noinline
func NewPoint() *Point {
	return &Poi¦nt{}
}
-- p/gen.go --
// Code generated by hand. DO NOT EDIT.

package p

func use() int {
	var p *Point = NewPoint()
	return p.X
}
"#,
    );
}

#[test]
fn lines_that_end_as_on_windows_keep_their_ends() {
    let text = with_point(
        r#"
//go:noinline
func newPoint() *Point {
	p := new(Point) // ä¦
	p.X = 1
	return p
}

func use() int { return newPoint().X }
"#,
    );
    let texts = Texts::new(&text.replace('\n', "\r\n"));
    let actions = texts.actions();
    assert_eq!(actions.len(), 1);
    let changed = &texts.after(&actions[0])[0].1;
    assert!(changed.contains("func newPoint() Point {\r\n\tp := Point{} // ä\r\n\tp.X = 1\r\n"));
    let bare = texts.files[0].1.matches('\n').count() - texts.files[0].1.matches("\r\n").count();
    assert_eq!(changed.matches('\n').count() - bare, changed.matches("\r\n").count());
}

#[test]
fn asking_again_gives_the_same_answer() {
    let texts = Texts::new(&with_point(
        r#"
//go:noinline
func newPoint() *Point {
	return &Poi¦nt{}
}

func use() int { return newPoint().X }
"#,
    ));
    let mut host = texts.host();
    let ask = |host: &Host| {
        let view = host.view();
        view.actions(view.packages_of(texts.cursor.file)[0], texts.cursor).unwrap()
    };
    let first = ask(&host);
    assert_eq!(first.len(), 1);
    assert_eq!(ask(&host), first);
    // What was proved of one text does not hold for another.
    let text = format!("{}\nvar made = newPoint\n", texts.files[0].1);
    host.apply(Change { files: vec![(texts.cursor.file, Some(text.into()))], ..Change::default() });
    assert!(ask(&host).is_empty());
}

#[test]
fn a_result_that_a_return_assigns_stays_captured() {
    check_none(
        r#"
func use(int)

func f(n int) (x int) {
	for range n {
		defer fun¦c() {
			use(x)
		}()
	}
	return n
}
"#,
    );
}

#[test]
fn a_lock_is_not_passed_as_an_argument() {
    check_none(
        r#"
type mutex struct{ state int }

func (m *mutex) Lock()   { m.state++ }
func (m *mutex) Unlock() { m.state-- }

type guarded struct {
	mu mutex
	n  int
}

func use(int)

//go:noinline
func fill(g *guarded) { g.n = 1 }

func f() {
	var g guarded
	fill(&g)
	go fun¦c() {
		use(g.n)
	}()
}
"#,
    );
}

/// The actions that the server offers at the first `&` of a file.
fn offered(folder: &Folder, file: &str) -> Vec<String> {
    let caps = json!({ "textDocument": { "codeAction": { "codeActionLiteralSupport": {
        "codeActionKind": { "valueSet": ["quickfix", "refactor.rewrite"] }
    } } } });
    let (mut editor, _) = Editor::meet(caps, &[folder.path()]);
    let (file, text) = (uri(&folder.path().join(file)), folder.read(file));
    editor.open(&file, &text);
    let line = text[..text.find('&').unwrap()].matches('\n').count();
    let place = json!({ "line": line, "character": 1 });
    let asked = editor.ask(
        "textDocument/codeAction",
        json!({
            "textDocument": { "uri": file },
            "range": { "start": place, "end": place },
            "context": { "diagnostics": [] },
        }),
    );
    let answer = editor.answer(asked).unwrap();
    let title = |action: &Value| action["title"].as_str().unwrap().to_owned();
    answer.as_array().into_iter().flatten().map(title).collect()
}

#[test]
fn a_file_outside_of_the_build_that_calls_the_function_forbids_the_change() {
    let with = |other: &str| {
        let folder = Folder::new(
            "-- go.mod --\nmodule ex.com/m\n\ngo 1.26\n-- m.go --\npackage m\n\n\
             type point struct{ x, y int }\n\n//go:noinline\n\
             func newPoint() *point {\n\treturn &point{x: 1}\n}\n\n\
             func use() int { return newPoint().x }\n",
        );
        folder.write("m_other.go", other);
        offered(&folder, "m.go")
    };
    let title = "Return point by value: saves 1 heap allocation of 16 B per call";
    let other = "//go:build never\n\npackage m\n\nvar made = ";
    assert_eq!(with(&format!("{other}newPoints()\n")), [title]);
    assert_eq!(with(&format!("{other}newPoint()\n")), [""; 0]);
}

#[test]
fn a_number_is_formatted_without_an_interface() {
    let fmt = r#"
-- fmt/fmt.go --
package fmt

func Sprintf(format string, args ...any) string

func Sprint(args ...any) string
-- strconv/strconv.go --
package strconv

func Itoa(i int) string

func FormatInt(i int64, base int) string

func FormatBool(b bool) string
-- q/r.go --
package q

import "strconv"

var _ = strconv.Itoa
"#;
    let file = |imports: &str, ty: &str, call: &str| {
        format!(
            "-- q/q.go --\npackage q\n\n{imports}\nfunc f(n {ty}) string {{\n\treturn {call}\n}}\n\nvar _ = fmt.Sprint\n"
        )
    };
    let (before, after) = ("import \"fmt\"\n", "import \"fmt\"\nimport \"strconv\"\n");
    for (ty, old, new, name, size) in [
        ("int", "fmt.Spr¦intf(\"%d\", n)", "strconv.Itoa(n)", "Itoa", 8),
        ("int", "fmt.Spr¦int(n + 1)", "strconv.Itoa(n + 1)", "Itoa", 8),
        ("rune", "fmt.Spr¦intf(\"%v\", n)", "strconv.FormatInt(int64(n), 10)", "FormatInt", 4),
    ] {
        check(
            &format!("{}{}", fmt.trim_start(), file(before, ty, old)),
            &format!("Format with strconv.{name}: saves 1 heap allocation of {size} B per call"),
            &file(after, ty, new),
        );
    }
    for (ty, call) in [
        ("int", "fmt.Spr¦intf(\"%x\", n)"),
        ("int", "fmt.Spr¦intf(\"%5d\", n)"),
        ("float64", "fmt.Spr¦int(n)"),
        ("interface{ String() string }", "fmt.Spr¦int(n)"),
    ] {
        check_none(&format!("{}{}", fmt.trim_start(), file(before, ty, call)));
    }
}

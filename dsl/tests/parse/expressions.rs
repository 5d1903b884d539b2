//! Expressions: what binds stronger, and what a literal is.

use crate::support::{show, value};

#[track_caller]
fn check(expression: &str, expected: &str) {
    assert_eq!(show(&value(expression)), expected, "{expression}");
}

#[test]
fn operators_bind_as_they_are_read() {
    check("a + b * c - d", "(- (+ a (* b c)) d)");
    check("a / b / c", "(/ (/ a b) c)");
    check("-a.b * c", "(* (Negate (. a b)) c)");
    check("a - -b", "(- a (Negate b))");
    check("not a == b", "(Not (== a b))");
    check("not a and not b or c", "(or (and (Not a) (Not b)) c)");
    check("a < b + 1 and c", "(and (< a (+ b 1)) c)");
    check("a ?? b ?? c or d", "(?? a (?? b (or c d)))");
    check("(a < b) == c", "(== (< a b) c)");
    check("(a + b) * c", "(* (+ a b) c)");
}

#[test]
fn branches_and_lambdas_take_all_that_follows() {
    check("if a then b else c ?? d", "(if a b (?? c d))");
    check("if a then if b then c else d else e", "(if a (if b c d) e)");
    check("xs.map(x => if x then 1 else x.y + 2)", "(.map xs (x => (if x 1 (+ (. x y) 2))))");
    check("x => y => x", "(x => (y => x))");
}

#[test]
fn what_stands_behind_a_value_belongs_to_it() {
    check("a.b.c", "(. (. a b) c)");
    check("a.b(c, d,).e[\"f\"]", "(index (. (.b a c d) e) (text \"f\"))");
    check("f(a)\n  .g()\n  .h", "(. (.g (f a) ) h)");
    check("a with { b: 1, \"c-d\": 2, }.b", "(. (with a {b: 1 c-d: 2}) b)");
    check("not a with { b: 1 }", "(Not (with a {b: 1}))");
    check("[a, { b: c, \"d\": [] },]", "[a {b: c d: []}]");
    check("version(a).major >= 4", "(>= (. (version a) major) 4)");
}

#[test]
fn words_of_clauses_are_names_in_expressions() {
    check("limit + timeout.poll(when)", "(+ limit (.poll timeout when))");
    check("iffy or nothing and android", "(or iffy (and nothing android))");
    check("nullable ?? trueish", "(?? nullable trueish)");
}

#[test]
fn literals_are_told_apart_by_their_form() {
    check("2", "2");
    check("2.5", "2.5");
    check("1h30m", "duration:5400s");
    check("250ms", "duration:250ms");
    check("4.3.0", "version:4.3.0");
    check("4.11.1-24105789", "version:4.11.1-24105789");
    check("10.20.30.1", "ip:10.20.30.1");
    check("10.20.300.1", "version:10.20.300.1");
    check("10.20.30.0/24", "prefix:10.20.30.0/24");
    check("10.20.30.0 / 24", "(/ ip:10.20.30.0 24)");
    check("5%", "percent:5%");
    check("20GiB", "size:20GiB");
    check("2026-11-28T22:00+01:00", "time:2026-11-28T21:00:00Z");
    check("2026-11-28T22:00:30Z", "time:2026-11-28T22:00:30Z");
    check("[null, true, false]", "[null true false]");
    check("3 // and a comment", "3");
}

#[test]
fn texts_hold_values_and_texts_in_them() {
    check(r#""""#, "(text )");
    check(r#""a\n\t\"\\\$b""#, r#"(text "a\n\t\"\\$b")"#);
    check(r#""${a}: ${b.join("; ")}.""#, r#"(text a ": " (.join b (text "; ")) ".")"#);
    check(r#""${ "${ "${a}" }" }""#, "(text (text (text a)))");
    check("\"a ${\n  b}\"", r#"(text "a " b)"#);
    check(r#""$a { } // no comment""#, r#"(text "$a { } // no comment")"#);
}

#[test]
fn blocks_lose_the_indentation_that_all_lines_share() {
    check("\"\"\"\n    a\n      b\n\n    c\n    \"\"\"", r#"(text "a\n  b\n\nc\n")"#);
    check("\"\"\"\n\t\ta\n\t\t\tb\"\"\"", r#"(text "a\n\tb")"#);
    check("\"\"\"\r\n  a\r\n  b\"\"\"", r#"(text "a\nb")"#);
    check("\"\"\"\n  a\\nb\n  ${c}\n  d\"\"\"", r#"(text "a\nb\n" c "\nd")"#);
    check("\"\"\"say \"no\" or \"\" to ${a}\"\"\"", r#"(text "say \"no\" or \"\" to " a)"#);
}

//! Lines that fit.

/// How many columns a line of prose takes at most.
const WIDTH: usize = 80;

/// `text` in lines that fit, each but the first behind `indent`. A word that does not fit stands
/// alone.
pub(super) fn wrapped(text: &str, indent: &str) -> String {
    let mut lines = String::new();
    let mut width = 0;
    for word in text.split_whitespace() {
        let columns = word.chars().count();
        if width > 0 && width + 1 + columns > WIDTH {
            lines.push('\n');
            lines.push_str(indent);
            width = indent.len();
        } else if width > 0 {
            lines.push(' ');
            width += 1;
        }
        lines.push_str(word);
        width += columns;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_as_long_as_they_may_be() {
        let text = wrapped(&"abcd ".repeat(40), "  ");
        let widths: Vec<usize> = text.lines().map(str::len).collect();
        assert_eq!(widths, [79, 76, 46]);
        assert_eq!(wrapped(&"x".repeat(100), "  "), "x".repeat(100));
        assert_eq!(wrapped("", "  "), "");
    }
}

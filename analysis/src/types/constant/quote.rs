//! Quoting as `strconv.Quote` and `strconv.QuoteRune` do it.

use super::printable::{HIGH, RUNS};

/// A string in double quotes. Bytes that are no UTF-8 and characters that do not print are escaped.
pub fn quote(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() + 2);
    out.push('"');
    for chunk in bytes.utf8_chunks() {
        for char in chunk.valid().chars() {
            push_escaped(&mut out, char, '"');
        }
        for byte in chunk.invalid() {
            out.push_str(&format!("\\x{byte:02x}"));
        }
    }
    out.push('"');
    out
}

/// A character in single quotes; U+FFFD for what is no character.
pub fn quote_rune(code: u32) -> String {
    let mut out = String::from('\'');
    push_escaped(&mut out, char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), '\'');
    out.push('\'');
    out
}

fn push_escaped(out: &mut String, char: char, quote: char) {
    let escape = match char {
        '\\' => "\\\\",
        '"' | '\'' if char == quote => {
            out.push('\\');
            out.push(char);
            return;
        }
        _ if is_print(char) => {
            out.push(char);
            return;
        }
        '\x07' => "\\a",
        '\x08' => "\\b",
        '\x0c' => "\\f",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        '\x0b' => "\\v",
        _ => {
            let code = u32::from(char);
            out.push_str(&match code {
                0..0x20 | 0x7f => format!("\\x{code:02x}"),
                0x20..0x10000 => format!("\\u{code:04x}"),
                _ => format!("\\U{code:08x}"),
            });
            return;
        }
    };
    out.push_str(escape);
}

/// Whether Go prints a character as it is (`strconv.IsPrint`).
pub fn is_print(char: char) -> bool {
    if char.is_ascii() {
        return matches!(char, ' '..='~');
    }
    let code = u32::from(char);
    if code >= 0x20000 {
        return HIGH.iter().any(|range| range.contains(&code));
    }
    // Runs alternate, beginning with characters that do not print.
    let mut end = 0;
    let run = RUNS.iter().position(|run| {
        end += u32::from(*run);
        code < end
    });
    run.is_some_and(|run| run % 2 == 1)
}

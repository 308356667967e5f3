// Which account numbers (IBAN, ISO 13616) on standard input are valid: each line again, with the answer behind it.
use std::io::{self, BufRead, Write};

/// The check of ISO 7064: country and check digits go behind the rest, letters count from 10 on, and the number that
/// this spells leaves 1 when it is divided by 97.
fn check(number: &str) -> Result<(), &'static str> {
    let signs: Vec<u8> = number.bytes().filter(|sign| *sign != b' ').collect();
    if signs.len() < 15 || signs.len() > 34 {
        return Err("not 15 to 34 signs");
    }
    if !signs[..2].iter().all(u8::is_ascii_uppercase) || !signs[2..4].iter().all(u8::is_ascii_digit) {
        return Err("does not begin with a country and two digits");
    }
    let mut rest = 0u32;
    for sign in signs[4..].iter().chain(&signs[..4]) {
        rest = match sign {
            b'0'..=b'9' => rest * 10 + u32::from(sign - b'0'),
            b'A'..=b'Z' => rest * 100 + u32::from(sign - b'A') + 10,
            _ => return Err("has a sign that is neither a digit nor a capital letter"),
        } % 97;
    }
    if rest == 1 { Ok(()) } else { Err("the check digits are wrong") }
}

fn main() -> io::Result<()> {
    let mut output = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let line = line?;
        match check(&line) {
            Ok(()) => writeln!(output, "{}: valid", line)?,
            Err(reason) => writeln!(output, "{}: {}", line, reason)?,
        }
    }
    Ok(())
}

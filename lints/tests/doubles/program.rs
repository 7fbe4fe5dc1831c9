//! The program that runs blocks and their doubles side by side.

use std::fmt::Write as _;

use serde_json::Value;

/// What every program has: memory, random numbers, and the comparison.
const FRAME: &str = r#"
#![allow(unused, clippy::all)]

/// In words of eight bytes.
const ARENA: usize = 1 << 10;
const TRIALS: u64 = 1000;

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        // Small numbers, all ones and single bits show more than evenly spread ones.
        match self.0 >> 60 {
            0 => self.0 & 0xff,
            1 => u64::MAX,
            2 => 1 << (self.0 & 63),
            3 => 0,
            _ => self.0,
        }
    }
}

fn agree<R: PartialEq + std::fmt::Debug>(
    name: &str,
    arena: &mut [u64],
    mut real: impl FnMut(*mut u8) -> R,
    mut double: impl FnMut(*mut u8) -> R,
    inputs: &dyn std::fmt::Debug,
) {
    let before = arena.to_vec();
    let base = arena.as_mut_ptr().cast::<u8>();
    let expected = real(base);
    let memory = arena.to_vec();
    arena.copy_from_slice(&before);
    let actual = double(base);
    if expected != actual || memory != arena {
        println!("{name}: {inputs:x?}: the block gives {expected:x?}, its double {actual:x?}");
        std::process::exit(1);
    }
}
"#;

/// The program for the stories, all of which have a double.
pub fn text(stories: &[&Value]) -> String {
    let mut text = FRAME.to_owned();
    let mut calls = String::new();
    for (number, story) in stories.iter().enumerate() {
        let double = &story["double"];
        let part = |key: &str| double[key].as_str().unwrap_or_default().to_owned();
        let signature = part("signature");
        let _ = writeln!(text, "unsafe fn real{number}{signature} {{\n{}\n}}", part("original"));
        let _ = writeln!(text, "unsafe fn double{number}{signature} {{\n{}\n}}", part("body"));
        let name = format!("{}:{}", story["function"].as_str().unwrap_or_default(), story["line"]);
        let _ = writeln!(
            calls,
            "    if {} {{\n{}    compared += 1;\n    }} else {{\n    println!(\"left out: {{}}\", {name:?});\n    }}",
            is_supported(story),
            trials(number, &name, double)
        );
    }
    let _ = writeln!(
        text,
        "fn main() {{\n    let mut arena = vec![0u64; ARENA];\n    let mut random = Random(0x9e3779b97f4a7c15);\n    let mut compared = 0;\n{calls}    println!(\"{{compared}} doubles agree\");\n}}"
    );
    text
}

/// The condition that the processor has the features which a block needs and nothing enables.
fn is_supported(story: &Value) -> String {
    let features = story["needs"]["features"].as_array().cloned().unwrap_or_default();
    let missing = features.iter().filter(|feature| feature["enabled"] == false);
    let names = missing.filter_map(|feature| feature["name"].as_str());
    let is_x86 = story["target"].as_str().is_some_and(|target| !target.starts_with("aarch64"));
    let architecture = if is_x86 { "x86" } else { "aarch64" };
    let asked: Vec<String> = names
        .map(|name| format!("std::arch::is_{architecture}_feature_detected!({name:?})"))
        .collect();
    if asked.is_empty() { "true".to_owned() } else { asked.join(" && ") }
}

/// The loop that tries one pair.
fn trials(number: usize, name: &str, double: &Value) -> String {
    let parameters = double["parameters"].as_array().cloned().unwrap_or_default();
    let (mut inputs, mut arguments) = (String::new(), Vec::new());
    let mut names = Vec::new();
    for (position, parameter) in parameters.iter().enumerate() {
        let kind = parameter["kind"].as_str().unwrap_or_default();
        let value = match parameter["role"].as_str() {
            // In the middle of the memory, so that both directions stay inside.
            Some("pointer" | "address") => {
                "(ARENA * 4) + 64 * (random.next() as usize & 15)".to_owned()
            }
            Some("offset") => format!("(random.next() & 63) as {kind}"),
            _ if kind == "u128" => {
                "(random.next() as u128) << 64 | random.next() as u128".to_owned()
            }
            _ => format!("random.next() as {kind}"),
        };
        let _ = writeln!(inputs, "        let input{position} = {value};");
        names.push(format!("input{position}"));
        arguments.push(match parameter["role"].as_str() {
            Some("pointer") => format!("base.add(input{position})"),
            Some("address") => format!("base.add(input{position}) as usize as {kind}"),
            _ => format!("input{position}"),
        });
    }
    let arguments = arguments.join(", ");
    format!(
        "    for _ in 0..TRIALS {{\n        for word in arena[ARENA / 2 - 16..ARENA / 2 + 160].iter_mut() {{ *word = random.next(); }}\n{inputs}        agree({name:?}, &mut arena[..], |base| unsafe {{ real{number}({arguments}) }}, |base| unsafe {{ double{number}({arguments}) }}, &({}));\n    }}\n",
        names.iter().map(|name| format!("{name}, ")).collect::<String>()
    )
}

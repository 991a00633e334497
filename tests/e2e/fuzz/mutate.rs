//! Snapshots that no scan writes, made from those that one did: seeded, so that a case can be had
//! again from its number.

use serde_json::{Map, Value, json};
use unbridge_sim::random::Random;
use xxhash_rust::xxh3::xxh3_128;

/// What a name could hold to fool a reader or a writer.
const TEXTS: [&str; 14] = [
    "",
    " ",
    "a\u{1b}[31mb\u{1b}]0;owned\u{7}",
    "a\u{202e}b\u{2066}c\u{200b}",
    "a\r\nb\n\nc",
    "a\u{0}\u{85}\u{2028}\t\u{feff}\u{e0041}",
    "</script><img src=x onerror=alert(1)>&amp;<!--",
    "](javascript:alert(1)) | `x` **b** <b>",
    "=HYPERLINK(\"http://x\";\"y\")",
    "\"];}--> click x href \"y\" %% subgraph end",
    "${stageVariables.x}${stageVariables.",
    "/{proxy+}/{a}/{{b}/%2e%2e//",
    "*",
    "注文\u{301}\u{1f468}\u{200d}\u{1f469}",
];

/// A mutation of one of these seeds, a whole snapshot each.
pub(super) fn mutated(random: &mut Random, seeds: &[String]) -> Vec<u8> {
    let seed = picked(random, seeds);
    let mut lines: Vec<String> = seed.lines().map(str::to_owned).collect();
    for _ in 0..=random.below(3) {
        match random.below(10) {
            0 => reorder(random, &mut lines),
            1 => splice(random, &mut lines, seeds),
            2 => swap_words(random, &mut lines),
            3 => rename(random, &mut lines),
            _ => inside(random, &mut lines),
        }
    }
    // Most would end at the footer otherwise.
    let whole = if random.percent(85) {
        sealed(random, lines)
    } else {
        lines.join("\n") + "\n"
    };
    let mut bytes = whole.into_bytes();
    if random.percent(15) {
        damage(random, &mut bytes);
    }
    bytes
}

fn picked<T: Clone + Default>(random: &mut Random, all: &[T]) -> T {
    random.pick(all).cloned().unwrap_or_default()
}

/// The lines with a footer that fits them.
fn sealed(random: &mut Random, mut lines: Vec<String>) -> String {
    lines.retain(|line| !line.starts_with("{\"footer\""));
    let mut text = lines.join("\n");
    text.push('\n');
    let outcome = picked(random, &["finished", "finished", "interrupted"]);
    let digest = format!("{:032x}", xxh3_128(text.as_bytes()));
    let footer = json!({ "footer": { "outcome": outcome, "lines": lines.len(), "xxh3": digest } });
    text.push_str(&format!("{footer}\n"));
    text
}

/// Lines twice, left out, or in other places.
fn reorder(random: &mut Random, lines: &mut Vec<String>) {
    if lines.len() < 2 {
        return;
    }
    // Without the header first, nothing is read.
    let at = 1 + random.below(lines.len() - 1);
    let to = 1 + random.below(lines.len() - 1);
    match random.below(4) {
        0 => lines.insert(to, lines[at].clone()),
        1 => drop(lines.remove(at)),
        2 => lines.swap(at, to),
        _ => lines.truncate(at),
    }
}

/// The beginning of one snapshot and the end of another.
fn splice(random: &mut Random, lines: &mut Vec<String>, seeds: &[String]) {
    let other = picked(random, seeds);
    lines.truncate(1 + random.below(lines.len()));
    let others: Vec<&str> = other.lines().collect();
    let from = 1 + random.below(others.len() - 1);
    lines.extend(others[from..].iter().map(|line| (*line).to_owned()));
}

/// Everything in quotes that is no key.
fn words(lines: &[String]) -> Vec<String> {
    let mut words = Vec::new();
    for line in lines {
        if let Ok(value) = serde_json::from_str(line) {
            collect(&value, &mut words);
        }
    }
    words
}

fn collect(value: &Value, words: &mut Vec<String>) {
    match value {
        Value::String(word) => words.push(word.clone()),
        Value::Array(list) => list.iter().for_each(|one| collect(one, words)),
        Value::Object(map) => map.values().for_each(|one| collect(one, words)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Two words change places, everywhere or in one line: links lead elsewhere, or in circles.
fn swap_words(random: &mut Random, lines: &mut [String]) {
    let words = words(lines);
    let a = picked(random, &words);
    let b = if random.percent(90) {
        alike(random, &a, &words)
    } else {
        picked(random, &words)
    };
    let only = random.percent(50).then(|| random.below(lines.len()));
    let quoted = |word: &str| Value::from(word).to_string();
    for (nth, line) in lines.iter_mut().enumerate() {
        if only.is_none_or(|only| only == nth) {
            *line = line
                .replace(&quoted(&a), "\"\u{1}\"")
                .replace(&quoted(&b), &quoted(&a))
                .replace("\"\u{1}\"", &quoted(&b));
        }
    }
}

/// One word becomes another text wherever it stands.
fn rename(random: &mut Random, lines: &mut [String]) {
    let words = words(lines);
    let word = picked(random, &words);
    let text = texts(random, word.clone(), &words);
    let (from, to) = (Value::from(word).to_string(), Value::from(text).to_string());
    for line in lines {
        *line = line.replace(&from, &to);
    }
}

/// Something inside of one line changes.
fn inside(random: &mut Random, lines: &mut [String]) {
    let words = words(lines);
    let nth = random.below(lines.len());
    let Some(line) = lines.get_mut(nth) else {
        return;
    };
    let Ok(mut value) = serde_json::from_str(line) else {
        return;
    };
    let size = count(&value);
    // Not the word for the kind of record, which alone makes a line be read.
    let mut target = 2 + random.below(size.saturating_sub(2));
    if let Some(node) = nth_node(&mut value, &mut target) {
        *node = other(random, node.take(), &words);
    }
    *line = value.to_string();
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(list) => list.iter().map(count).sum(),
        Value::Object(map) => map.values().map(count).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

/// The node with this number, in the order they are written.
fn nth_node<'v>(value: &'v mut Value, left: &mut usize) -> Option<&'v mut Value> {
    if *left == 0 {
        return Some(value);
    }
    *left -= 1;
    match value {
        Value::Array(list) => list.iter_mut().find_map(|one| nth_node(one, left)),
        Value::Object(map) => map.values_mut().find_map(|one| nth_node(one, left)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

/// What stands there instead: mostly of the same kind, so that it is read and not refused.
fn other(random: &mut Random, value: Value, words: &[String]) -> Value {
    if random.percent(8) {
        return retyped(random, value);
    }
    match value {
        Value::Null => Value::String(picked(random, words)),
        Value::Bool(flag) => Value::Bool(!flag),
        Value::Number(number) => numbers(random, &number.into()),
        Value::String(text) => Value::String(texts(random, text, words)),
        Value::Array(list) => Value::Array(lists(random, list)),
        Value::Object(map) => Value::Object(objects(random, map)),
    }
}

fn retyped(random: &mut Random, value: Value) -> Value {
    match random.below(7) {
        0 => Value::Null,
        1 => json!(true),
        2 => json!(1),
        3 => json!(""),
        4 => json!([value]),
        5 => json!({ "x": value }),
        _ => {
            let deep = 1 + random.below(200);
            (0..deep).fold(value, |inner, _| json!([inner]))
        }
    }
}

fn numbers(random: &mut Random, number: &Value) -> Value {
    let near = number.as_u64().unwrap_or_default();
    match random.below(12) {
        0 => json!(0),
        1 => json!(near.wrapping_add(1)),
        2 => json!(65535),
        3 => json!(65536),
        4 => json!(u64::MAX),
        5 => json!(i64::MIN),
        6 => json!(-1),
        7 => json!(1e308),
        8 => json!(0.1),
        _ => json!(near / 2),
    }
}

/// What an id begins with, by which its kind is known: `vpc-`, or an ARN up to the kind of thing;
/// `None` for a text that can hold anything.
fn kind(text: &str) -> Option<&str> {
    let until = |ending: &str| text.find(ending).map(|at| &text[..at + ending.len()]);
    if text.starts_with("arn:") {
        return until("/").or(Some(text));
    }
    let is_id = [
        "vpc-",
        "vpce-svc-",
        "subnet-",
        "sg-",
        "eni-",
        "eipalloc-",
        "eu-",
        "us-",
    ]
    .iter()
    .any(|start| text.starts_with(start));
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let id = is_id.then(|| until("-")).flatten();
    id.or(is_number.then_some(text))
}

/// Another word of this kind.
fn alike(random: &mut Random, word: &str, words: &[String]) -> String {
    let kind_of_it = kind(word);
    let others: Vec<&String> = words
        .iter()
        .filter(|other| kind(other) == kind_of_it)
        .collect();
    random
        .pick(&others)
        .map_or(word.to_owned(), |word| (*word).clone())
}

fn texts(random: &mut Random, mut text: String, words: &[String]) -> String {
    let hostile = picked(random, &TEXTS);
    // Another id of its kind leads elsewhere; another text would only be refused.
    if let Some(kind) = kind(&text).filter(|_| random.percent(85)) {
        let others: Vec<&String> = words.iter().filter(|word| word.starts_with(kind)).collect();
        return random
            .pick(&others)
            .map_or(text.clone(), |word| (*word).clone());
    }
    match random.below(6) {
        0 => hostile.to_owned(),
        1 => text + hostile,
        2 => picked(random, words),
        3 => text.repeat(1 + random.below(300)),
        4 => {
            let cut = random.below(text.chars().count() + 1);
            text.chars().take(cut).collect()
        }
        _ => {
            let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
            text.insert_str(picked(random, &places), hostile);
            text
        }
    }
}

fn lists(random: &mut Random, mut list: Vec<Value>) -> Vec<Value> {
    let at = random.below(list.len());
    match random.below(5) {
        _ if list.is_empty() => vec![json!("x")],
        0 => Vec::new(),
        1 => {
            list.remove(at);
            list
        }
        2 => {
            list.push(list[at].clone());
            list
        }
        3 => {
            random.shuffle(&mut list);
            list
        }
        _ => vec![list; 1 + random.below(20)].concat(),
    }
}

fn objects(random: &mut Random, mut map: Map<String, Value>) -> Map<String, Value> {
    let keys: Vec<String> = map.keys().cloned().collect();
    let (key, from) = (picked(random, &keys), picked(random, &keys));
    match random.below(4) {
        0 => drop(map.remove(&key)),
        1 => drop(map.insert(key, map.get(&from).cloned().unwrap_or_default())),
        2 => drop(map.insert(key, Value::Null)),
        _ => {
            let value = map.remove(&key).unwrap_or_default();
            map.insert(key + "x", value);
        }
    }
    map
}

/// Bytes are lost or turned.
fn damage(random: &mut Random, bytes: &mut Vec<u8>) {
    if random.percent(50) {
        bytes.truncate(random.below(bytes.len()));
        return;
    }
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len());
        if let Some(byte) = bytes.get_mut(at) {
            *byte ^= 1 << random.below(8);
        }
    }
}

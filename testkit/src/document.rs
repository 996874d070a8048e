//! The code in the project's documents, as tests compile and run it.

use std::path::PathBuf;

use crate::program;

/// The blocks of code in this language, in a document that is named from the root of the project.
pub fn blocks(document: &str, language: &str) -> Vec<String> {
    let text = std::fs::read_to_string(program::root().join(document)).expect(document);
    let blocks = text.split("```").skip(1).step_by(2);
    blocks.filter_map(|block| block.strip_prefix(&format!("{language}\n"))).map(str::to_string).collect()
}

/// The languages of all blocks in a document.
pub fn languages(document: &str) -> Vec<String> {
    let text = std::fs::read_to_string(program::root().join(document)).expect(document);
    let languages = text.lines().filter_map(|line| line.strip_prefix("```")).filter(|language| !language.is_empty());
    languages.map(str::to_string).collect()
}

/// The only block in this language.
pub fn only_block(document: &str, language: &str) -> String {
    let [block] = blocks(document, language).try_into().expect("one block");
    block
}

/// A file with this text, for a compiler or an interpreter. Its extension says the language.
pub fn scratch_file(name: &str, text: &str) -> PathBuf {
    let path = program::scratch().join(name);
    std::fs::write(&path, text).expect("writable");
    path
}

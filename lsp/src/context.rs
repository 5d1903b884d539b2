//! What stands around a byte, told by the signs of the text alone: it holds while the text is broken.

use std::ops::Range;

/// A pair of braces, or of `${` and `}` in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Block {
    /// Where the clause begins that opens it.
    pub(crate) header: usize,
    /// Where it opens.
    pub(crate) start: usize,
}

/// What sort of text a byte stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Within {
    Code,
    /// Between quotes, which open at this byte.
    Quotes(usize),
    Comment,
}

/// The place of a byte.
#[derive(Debug)]
pub(crate) struct Context<'t> {
    text: &'t str,
    /// The blocks that are open, the outermost first.
    pub(crate) blocks: Vec<Block>,
    pub(crate) within: Within,
    /// The clause so far: since the last line end or brace.
    pub(crate) clause: &'t str,
}

impl<'t> Context<'t> {
    pub(crate) fn at(text: &'t str, offset: usize) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let mut scan = Scan::default();
        scan.read(before, &mut |_, _| {});
        let within = match scan.open.last() {
            _ if scan.in_comment => Within::Comment,
            Some(Open::Quotes(at)) => Within::Quotes(*at),
            _ => Within::Code,
        };
        let clause = before.get(scan.clause..).unwrap_or_default();
        let blocks = scan.open.into_iter().filter_map(|open| match open {
            Open::Block(block) => Some(block),
            Open::Quotes(_) => None,
        });
        Self { text, blocks: blocks.collect(), within, clause }
    }

    /// The clause that opens a block.
    pub(crate) fn header(&self, block: Block) -> &'t str {
        self.text.get(block.header..block.start).unwrap_or_default().trim()
    }

    /// The innermost block that is no record and no part of a text: with its header.
    pub(crate) fn block(&self) -> Option<(Block, &'t str)> {
        let is_clause = |header: &str| {
            !header.is_empty() && !header.contains('=') && !header.ends_with(['(', ',', ':', '$'])
        };
        self.blocks
            .iter()
            .rev()
            .map(|block| (*block, self.header(*block)))
            .find(|(_, header)| is_clause(header))
    }

    /// Whether the innermost braces are those of a record or of a text.
    pub(crate) fn is_in_value(&self) -> bool {
        self.blocks.last().copied() != self.block().map(|(block, _)| block)
    }
}

/// The lines of the item of a file that a byte is in: those to the brace that closes it, or a single one. What is asked
/// about a place needs no more of the text to be read.
pub(crate) fn item(text: &str, offset: usize) -> Range<usize> {
    let context = Context::at(text, offset);
    let around = context.blocks.first();
    let start = around.map_or_else(|| offset.saturating_sub(context.clause.len()), |block| block.header);
    let line_end =
        |at: usize| at + text.get(at..).and_then(|rest| rest.find('\n')).unwrap_or(text.len() - at);
    let first = line_end(start) - start;
    let is_its = |opened: usize| around.map_or(opened < first, |block| opened == block.start - start);
    let pairs = pairs(text.get(start..).unwrap_or_default()).into_iter();
    let closed = pairs.filter(|(opened, _)| is_its(*opened)).map(|(_, closed)| start + closed).max();
    let end = closed.or(around.map(|_| text.len())).unwrap_or(start);
    start..line_end(end)
}

/// All pairs of braces of a text: the innermost first where they nest.
pub(crate) fn pairs(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    Scan::default().read(text, &mut |block, end| found.push((block.start, end)));
    found
}

#[derive(Debug)]
enum Open {
    Block(Block),
    Quotes(usize),
}

#[derive(Debug, Default)]
struct Scan {
    open: Vec<Open>,
    in_comment: bool,
    /// Where the clause begins.
    clause: usize,
}

impl Scan {
    fn read(&mut self, text: &str, closed: &mut dyn FnMut(Block, usize)) {
        let bytes = text.as_bytes();
        let mut at = 0;
        while let Some(byte) = bytes.get(at).copied() {
            let next = bytes.get(at + 1).copied();
            at += match self.open.last() {
                _ if self.in_comment => self.comment(byte, at),
                Some(Open::Quotes(_)) => self.quoted(byte, next, at),
                _ => self.code(byte, next, at, closed),
            };
        }
    }

    fn comment(&mut self, byte: u8, at: usize) -> usize {
        if byte == b'\n' {
            self.in_comment = false;
            self.clause = at + 1;
        }
        1
    }

    fn quoted(&mut self, byte: u8, next: Option<u8>, at: usize) -> usize {
        match (byte, next) {
            (b'\\', _) => return 2,
            (b'$', Some(b'{')) => {
                self.open.push(Open::Block(Block { header: at, start: at + 1 }));
                self.clause = at + 2;
                return 2;
            }
            (b'"', _) => {
                self.open.pop();
            }
            _ => {}
        }
        1
    }

    fn code(&mut self, byte: u8, next: Option<u8>, at: usize, closed: &mut dyn FnMut(Block, usize)) -> usize {
        match (byte, next) {
            (b'/', Some(b'/')) => self.in_comment = true,
            (b'"', _) => self.open.push(Open::Quotes(at)),
            (b'{', _) => {
                self.open.push(Open::Block(Block { header: self.clause, start: at }));
                self.clause = at + 1;
            }
            (b'}', _) => {
                if let Some(Open::Block(block)) = self.open.pop() {
                    closed(block, at);
                }
                // Behind a part of a text the text goes on, behind a record its clause.
                if !matches!(self.open.last(), Some(Open::Quotes(_))) {
                    self.clause = at + 1;
                }
            }
            (b'\n', _) => self.clause = at + 1,
            _ => {}
        }
        1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(marked: &str) -> String {
        let offset = marked.find('|').unwrap_or(marked.len());
        let text = marked.replacen('|', "", 1);
        let context = Context::at(&text, offset);
        let header = context.block().map(|(_, header)| header);
        format!("{:?} in {header:?}, clause {:?}", context.within, context.clause)
    }

    #[test]
    fn a_place_in_a_broken_text_is_known_by_its_braces() {
        assert_eq!(at("phase a {\n step b: hcx.|"), "Code in Some(\"phase a\"), clause \" step b: hcx.\"");
        assert_eq!(at("step b: c { x = { y: |"), "Code in Some(\"step b: c\"), clause \" y: \"");
        assert_eq!(at("step b: c { x = \"a ${n|"), "Code in Some(\"step b: c\"), clause \"n\"");
        assert_eq!(
            at("step b: c { x = \"a } // |"),
            "Quotes(16) in Some(\"step b: c\"), clause \" x = \\\"a } // \""
        );
        assert_eq!(at("// it's a { \" in a comment\nlet a|"), "Code in None, clause \"let a\"");
    }

    #[test]
    fn an_item_goes_to_its_last_brace() {
        let item = |marked: &str| {
            let text = marked.replacen('|', "", 1);
            text.get(item(&text, marked.find('|').unwrap_or_default())).unwrap_or_default().to_owned()
        };
        assert_eq!(
            item("use a\nphase b {\n  step c: d { x| = {} }\n}\nlet e = 1"),
            "phase b {\n  step c: d { x = {} }\n}"
        );
        assert_eq!(item("use a\nph|ase b {\n  step c: d { }\n}\nlet e = 1"), "phase b {\n  step c: d { }\n}");
        assert_eq!(
            item("input a: list<{\n  b: str|ing }?> // c\nlet e = 1"),
            "input a: list<{\n  b: string }?> // c"
        );
        assert_eq!(item("use a\nsystem |b: a.c\nphase d { }"), "system b: a.c");
        assert_eq!(item("use a\nphase b {\n  step c: d {\n    |"), "phase b {\n  step c: d {\n    ");
    }
}

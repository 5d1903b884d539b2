//! The colours of names: what a grammar of signs cannot know.

use lsp_types::{SemanticToken, SemanticTokenModifier, SemanticTokenType, SemanticTokensLegend};

use crate::documents::Known;
use crate::index::Kind;

/// The types of tokens in the order of their numbers.
const TYPES: [(SemanticTokenType, &[Kind]); 8] = [
    (SemanticTokenType::NAMESPACE, &[Kind::Module, Kind::Phase]),
    (SemanticTokenType::TYPE, &[Kind::Type]),
    (SemanticTokenType::INTERFACE, &[Kind::Api]),
    (SemanticTokenType::FUNCTION, &[Kind::Action]),
    (SemanticTokenType::PARAMETER, &[Kind::Input]),
    (SemanticTokenType::VARIABLE, &[Kind::Let, Kind::Variable, Kind::System]),
    (SemanticTokenType::PROPERTY, &[Kind::Output]),
    (SemanticTokenType::EVENT, &[Kind::Step, Kind::Gate, Kind::Invariant]),
];

pub(crate) fn legend() -> SemanticTokensLegend {
    SemanticTokensLegend {
        token_types: TYPES.map(|(token, _)| token).to_vec(),
        token_modifiers: vec![SemanticTokenModifier::DECLARATION],
    }
}

fn number(kind: Kind) -> Option<u32> {
    (0..).zip(&TYPES).find(|(_, (_, kinds))| kinds.contains(&kind)).map(|(number, _)| number)
}

/// Every name of the file, each told by its distance from the one before.
pub(crate) fn tokens(known: &Known) -> Vec<SemanticToken> {
    let lines = known.lines();
    let (mut line, mut start) = (0, 0);
    let mut found = Vec::new();
    for it in known.index.in_source(known.source) {
        let (range, Some(token_type)) = (lines.range(it.span), number(it.kind)) else { continue };
        let place = range.start;
        found.push(SemanticToken {
            delta_line: place.line - line,
            delta_start: if place.line == line { place.character - start } else { place.character },
            length: range.end.character.saturating_sub(place.character),
            token_type,
            token_modifiers_bitset: u32::from(it.declares()),
        });
        (line, start) = (place.line, place.character);
    }
    found
}

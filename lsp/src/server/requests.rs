//! From a request to its ability.

use std::rc::Rc;

use lsp_types::request::{
    CodeActionRequest, Completion, DocumentSymbolRequest, FoldingRangeRequest, Formatting, GotoDefinition,
    HoverRequest, InlayHintRequest, PrepareRenameRequest, References, Rename, Request,
    SemanticTokensFullRequest,
};
use lsp_types::{
    CodeActionOrCommand, CompletionResponse, DocumentSymbolResponse, GotoDefinitionResponse, Location,
    Position, PrepareRenameResponse, SemanticTokens, SemanticTokensResult, TextDocumentPositionParams,
    TextEdit, Url,
};
use serde_json::Value;

use super::{Client, Refused};
use crate::definition::{Declared, references, url};
use crate::documents::{Documents, Known};
use crate::{actions, completion, definition, folding, hints, hover, rename, symbols, tokens};

type Answer<R> = Result<<R as Request>::Result, Refused>;

/// Tries the requests that the server knows; a method belongs to one of them.
macro_rules! by_method {
    ($method:expr, $params:expr; $($request:ty => $answer:expr),* $(,)?) => {
        match $method {
            $(<$request as Request>::METHOD => {
                let params = serde_json::from_value($params).map_err(|error| Refused::Params(error.to_string()))?;
                let answer: Answer<$request> = $answer(params);
                serde_json::to_value(answer?).map_err(|error| Refused::Cannot(error.to_string()))
            })*
            unknown => Err(Refused::Unknown(unknown.to_owned())),
        }
    };
}

pub(super) fn answer(
    documents: &mut Documents<'_>,
    client: &Client,
    method: &str,
    params: Value,
) -> Result<Value, Refused> {
    let mut asked = Asked { documents, client };
    by_method!(method, params;
        HoverRequest => |it: lsp_types::HoverParams| asked.hover(&it.text_document_position_params),
        Completion => |it: lsp_types::CompletionParams| asked.completion(&it.text_document_position),
        GotoDefinition => |it: lsp_types::GotoDefinitionParams| asked.definition(&it.text_document_position_params),
        References => |it: lsp_types::ReferenceParams| asked.references(&it),
        PrepareRenameRequest => |it: TextDocumentPositionParams| asked.prepare_rename(&it),
        Rename => |it: lsp_types::RenameParams| asked.rename(&it),
        Formatting => |it: lsp_types::DocumentFormattingParams| asked.formatting(&it.text_document.uri),
        DocumentSymbolRequest => |it: lsp_types::DocumentSymbolParams| {
            let symbols = symbols::symbols(&*asked.known(&it.text_document.uri)?);
            Ok(Some(DocumentSymbolResponse::Nested(symbols)))
        },
        FoldingRangeRequest => |it: lsp_types::FoldingRangeParams| {
            Ok(Some(folding::folding(&*asked.known(&it.text_document.uri)?)))
        },
        SemanticTokensFullRequest => |it: lsp_types::SemanticTokensParams| {
            let data = tokens::tokens(&*asked.known(&it.text_document.uri)?);
            Ok(Some(SemanticTokensResult::Tokens(SemanticTokens { result_id: None, data })))
        },
        CodeActionRequest => |it: lsp_types::CodeActionParams| {
            asked.known(&it.text_document.uri)?;
            let found = actions::actions(asked.documents, &it.text_document.uri, it.range);
            Ok(Some(found.into_iter().map(CodeActionOrCommand::CodeAction).collect()))
        },
        InlayHintRequest => |it: lsp_types::InlayHintParams| {
            let known = asked.known(&it.text_document.uri)?;
            let (start, end) = (known.lines().offset(it.range.start), known.lines().offset(it.range.end));
            Ok(Some(hints::hints(&known, start..end + 1)))
        },
    )
}

struct Asked<'a, 'd> {
    documents: &'a mut Documents<'d>,
    client: &'a Client,
}

impl Asked<'_, '_> {
    fn known(&mut self, url: &Url) -> Result<Rc<Known>, Refused> {
        self.documents.known(url).ok_or_else(|| Refused::Params(format!("{url} is not open")))
    }

    /// What is known of a text, and the byte of a place in it.
    fn place(&mut self, url: &Url, position: Position) -> Result<(Rc<Known>, usize), Refused> {
        let known = self.known(url)?;
        let offset = known.lines().offset(position);
        Ok((known, offset))
    }

    fn hover(&mut self, it: &TextDocumentPositionParams) -> Answer<HoverRequest> {
        let (known, offset) = self.place(&it.text_document.uri, it.position)?;
        Ok(hover::hover(self.documents, &known, offset))
    }

    fn completion(&mut self, it: &TextDocumentPositionParams) -> Answer<Completion> {
        let url = &it.text_document.uri;
        let offset = self.documents.offset(url, it.position);
        let offset = offset.ok_or_else(|| Refused::Params(format!("{url} is not open")))?;
        Ok(Some(CompletionResponse::Array(completion::completion(
            self.documents,
            url,
            offset,
            self.client.snippets,
        ))))
    }

    fn definition(&mut self, it: &TextDocumentPositionParams) -> Answer<GotoDefinition> {
        let (known, offset) = self.place(&it.text_document.uri, it.position)?;
        let found = definition::definition(self.documents, &known, offset);
        Ok(found.map(GotoDefinitionResponse::Scalar))
    }

    fn references(&mut self, it: &lsp_types::ReferenceParams) -> Answer<References> {
        let at = &it.text_document_position;
        let (known, offset) = self.place(&at.text_document.uri, at.position)?;
        let Some(declared) = Declared::at(&known, offset) else { return Ok(None) };
        let mut found = Vec::new();
        for (path, places, known) in references(self.documents, &declared, &self.client.folders) {
            let Some(url) = url(&path) else { continue };
            let is_wanted =
                |span: &&hcxrun_dsl::Span| it.context.include_declaration || !declared.is_at(&known, **span);
            let wanted = places.iter().filter(is_wanted);
            found.extend(wanted.map(|span| Location::new(url.clone(), known.lines().range(*span))));
        }
        Ok(Some(found))
    }

    fn prepare_rename(&mut self, it: &TextDocumentPositionParams) -> Answer<PrepareRenameRequest> {
        let (known, offset) = self.place(&it.text_document.uri, it.position)?;
        let (_, range) = rename::prepare(&known, offset).map_err(Refused::Cannot)?;
        Ok(Some(PrepareRenameResponse::Range(range)))
    }

    fn rename(&mut self, it: &lsp_types::RenameParams) -> Answer<Rename> {
        let at = &it.text_document_position;
        let (known, offset) = self.place(&at.text_document.uri, at.position)?;
        let (declared, _) = rename::prepare(&known, offset).map_err(Refused::Cannot)?;
        let edit = rename::rename(self.documents, &declared, &it.new_name, &self.client.folders);
        edit.map(Some).map_err(Refused::Cannot)
    }

    /// The whole text when it changes.
    fn formatting(&mut self, url: &Url) -> Answer<Formatting> {
        let known = self.known(url)?;
        let formatted = hcxrun_dsl::format(known.text());
        if formatted == known.text() {
            return Ok(None);
        }
        Ok(Some(vec![TextEdit { range: known.lines().whole(), new_text: formatted }]))
    }
}

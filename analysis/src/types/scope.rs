//! Names inside a declaration: blocks, and what is declared in them.
//!
//! Blocks live until the whole declaration is checked, since bodies of function literals are
//! checked after the statement that holds them.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::env::TypeParamDef;
use super::info::LocalId;
use super::ty::{PkgId, Ty};
use crate::release::GoVersion;
use crate::symbol::Symbol;

/// Points to a block of the declaration being checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BlockId(u32);

/// What a name in a block stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entry {
    /// A variable, constant or type.
    Local(LocalId),
    /// A type parameter; invalid for a receiver's name that matches no parameter.
    TypeParam(Ty),
}

/// From how many names on a block is searched by hash.
const MANY: usize = 24;

#[derive(Debug, Default)]
struct Block {
    parent: Option<BlockId>,
    names: Vec<(Symbol, Entry)>,
    index: FxHashMap<Symbol, Entry>,
}

/// What is known of a local besides what [`super::info::Info`] tells.
#[derive(Debug, Clone, Default)]
pub(super) struct LocalState {
    /// Whether its value is read.
    pub(super) used: bool,
    /// Whether it must be: a variable in a block.
    pub(super) must_use: bool,
    /// The type parameters of a generic local type.
    pub(super) tparams: Option<Arc<[TypeParamDef]>>,
    /// Whether it is an alias.
    pub(super) alias: bool,
}

/// The blocks of a declaration.
#[derive(Debug, Default)]
pub(super) struct Scopes {
    blocks: Vec<Block>,
    /// By local.
    pub(super) locals: Vec<LocalState>,
}

impl Scopes {
    /// A new block inside `parent`.
    pub(super) fn open(&mut self, parent: Option<BlockId>) -> BlockId {
        let id = BlockId(u32::try_from(self.blocks.len()).unwrap_or(u32::MAX));
        self.blocks.push(Block { parent, ..Block::default() });
        id
    }

    /// The block around `block`.
    pub(super) fn parent(&self, block: BlockId) -> Option<BlockId> {
        self.blocks[block.0 as usize].parent
    }

    /// What `name` stands for in this very block.
    pub(super) fn get(&self, block: BlockId, name: Symbol) -> Option<Entry> {
        let block = &self.blocks[block.0 as usize];
        if block.names.len() >= MANY {
            return block.index.get(&name).copied();
        }
        block.names.iter().find(|(known, _)| *known == name).map(|(_, entry)| *entry)
    }

    /// Declares `name`, unless it is declared in this block already: then that is returned.
    pub(super) fn declare(&mut self, block: BlockId, name: Symbol, entry: Entry) -> Option<Entry> {
        if let Some(known) = self.get(block, name) {
            return Some(known);
        }
        let block = &mut self.blocks[block.0 as usize];
        block.names.push((name, entry));
        if block.names.len() == MANY {
            block.index = block.names.iter().copied().collect();
        } else if block.names.len() > MANY {
            block.index.insert(name, entry);
        }
        None
    }

    /// What `name` stands for in this block or one around it.
    pub(super) fn lookup(&self, block: Option<BlockId>, name: Symbol) -> Option<Entry> {
        let mut at = block;
        while let Some(block) = at {
            if let Some(entry) = self.get(block, name) {
                return Some(entry);
            }
            at = self.parent(block);
        }
        None
    }
}

/// What an import declaration imports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Imported {
    /// A package whose declarations are known.
    Package(PkgId),
    /// A package that could not be found, or `C`: whatever is selected from it is unknown, and
    /// nothing is said about it.
    Unknown(PkgId),
}

impl Imported {
    /// Which package.
    pub fn package(self) -> PkgId {
        match self {
            Imported::Package(id) | Imported::Unknown(id) => id,
        }
    }
}

/// What the imports of a file mean, and its language version.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileScope {
    /// The imported packages by the name they have in this file.
    pub imports: FxHashMap<Symbol, Imported>,
    /// The packages whose exported names belong to this file, by `import . "path"`.
    pub dots: Vec<Imported>,
    /// The language version; `None` for the newest.
    pub version: Option<GoVersion>,
}

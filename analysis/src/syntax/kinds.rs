//! Kinds of tree-sitter's nodes, as an enum.

use std::sync::LazyLock;

use tree_sitter::{Language, Node};

macro_rules! kinds {
    ($($kind:ident = $($name:literal)|+,)*) => {
        /// The kinds of nodes that mean something here; all punctuation is [`K::Other`].
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum K { Other, Error, $($kind,)* }

        fn of_name(name: &str) -> K {
            match name { $($($name)|+ => K::$kind,)* _ => K::Other }
        }
    };
}

kinds! {
    Comment = "comment",
    PackageClause = "package_clause",
    ImportDecl = "import_declaration",
    ImportSpec = "import_spec",
    ImportSpecList = "import_spec_list",
    Dot = "dot",
    ConstDecl = "const_declaration",
    ConstSpec = "const_spec",
    VarDecl = "var_declaration",
    VarSpec = "var_spec",
    VarSpecList = "var_spec_list",
    TypeDecl = "type_declaration",
    TypeSpec = "type_spec",
    TypeAlias = "type_alias",
    FuncDecl = "function_declaration",
    MethodDecl = "method_declaration",
    TypeParams = "type_parameter_list",
    TypeParamDecl = "type_parameter_declaration",
    Params = "parameter_list",
    Param = "parameter_declaration",
    VariadicParam = "variadic_parameter_declaration",
    Ident = "identifier" | "type_identifier" | "field_identifier" | "package_identifier"
        | "blank_identifier" | "label_name" | "nil" | "true" | "false" | "iota",
    ExprList = "expression_list",
    ParenType = "parenthesized_type" | "parenthesized_expression",
    GenericType = "generic_type",
    TypeArgs = "type_arguments",
    QualifiedType = "qualified_type",
    PointerType = "pointer_type",
    ArrayType = "array_type",
    ImplicitArray = "implicit_length_array_type",
    SliceType = "slice_type",
    StructType = "struct_type",
    NegatedType = "negated_type",
    Fields = "field_declaration_list",
    FieldDecl = "field_declaration",
    InterfaceType = "interface_type",
    MethodElem = "method_elem",
    TypeElem = "type_elem" | "type_constraint",
    MapType = "map_type",
    ChanType = "channel_type",
    FuncType = "function_type",
    Block = "block",
    StatementList = "statement_list",
    EmptyStmt = "empty_statement",
    ExprStmt = "expression_statement",
    SendStmt = "send_statement",
    ReceiveStmt = "receive_statement",
    IncStmt = "inc_statement",
    DecStmt = "dec_statement",
    AssignStmt = "assignment_statement",
    ShortVarDecl = "short_var_declaration",
    LabeledStmt = "labeled_statement",
    Fallthrough = "fallthrough_statement",
    BreakStmt = "break_statement",
    ContinueStmt = "continue_statement",
    GotoStmt = "goto_statement",
    ReturnStmt = "return_statement",
    GoStmt = "go_statement",
    DeferStmt = "defer_statement",
    IfStmt = "if_statement",
    ForStmt = "for_statement",
    ForClause = "for_clause",
    RangeClause = "range_clause",
    SwitchStmt = "expression_switch_statement",
    ExprCase = "expression_case",
    DefaultCase = "default_case",
    TypeSwitchStmt = "type_switch_statement",
    TypeCase = "type_case",
    SelectStmt = "select_statement",
    CommCase = "communication_case",
    Call = "call_expression",
    VariadicArg = "variadic_argument",
    Args = "argument_list" | "special_argument_list",
    Selector = "selector_expression",
    Index = "index_expression",
    Slice = "slice_expression",
    TypeAssert = "type_assertion_expression",
    Conversion = "type_conversion_expression",
    Instantiation = "type_instantiation_expression",
    CompositeLit = "composite_literal",
    LiteralValue = "literal_value",
    LiteralElement = "literal_element",
    KeyedElement = "keyed_element",
    FuncLit = "func_literal",
    Unary = "unary_expression",
    Binary = "binary_expression",
    RawString = "raw_string_literal",
    String = "interpreted_string_literal",
    Int = "int_literal",
    Float = "float_literal",
    Imaginary = "imaginary_literal",
    Rune = "rune_literal",
}

macro_rules! fields {
    ($($field:ident = $name:literal,)*) => {
        /// The fields that are looked at.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum F { None, $($field,)* }

        fn field_of_name(name: &str) -> F {
            match name { $($name => F::$field,)* _ => F::None }
        }
    };
}

fields! {
    Alias = "alias",
    Alternative = "alternative",
    Arguments = "arguments",
    Body = "body",
    Capacity = "capacity",
    Channel = "channel",
    Communication = "communication",
    Condition = "condition",
    Consequence = "consequence",
    Element = "element",
    End = "end",
    Field = "field",
    Function = "function",
    Index = "index",
    Initializer = "initializer",
    Key = "key",
    Label = "label",
    Left = "left",
    Length = "length",
    Name = "name",
    Operand = "operand",
    Operator = "operator",
    Package = "package",
    Parameters = "parameters",
    Path = "path",
    Receiver = "receiver",
    Result = "result",
    Right = "right",
    Start = "start",
    Tag = "tag",
    Type = "type",
    TypeArguments = "type_arguments",
    TypeParameters = "type_parameters",
    Update = "update",
    Value = "value",
}

/// The language, with kinds and fields by their numbers.
struct Grammar {
    language: Language,
    kinds: Vec<K>,
    fields: Vec<F>,
}

static GRAMMAR: LazyLock<Grammar> = LazyLock::new(|| {
    let language = Language::new(tree_sitter_go::LANGUAGE);
    let kinds = (0..language.node_kind_count() as u16)
        .map(|id| language.node_kind_for_id(id).map_or(K::Other, of_name))
        .collect();
    let fields = (0..=language.field_count() as u16)
        .map(|id| language.field_name_for_id(id).map_or(F::None, field_of_name))
        .collect();
    Grammar { language, kinds, fields }
});

/// Go's grammar.
pub(super) fn language() -> &'static Language {
    &GRAMMAR.language
}

/// The kind of a node.
pub(super) fn kind(node: Node<'_>) -> K {
    if node.is_error() {
        return K::Error;
    }
    GRAMMAR.kinds.get(node.kind_id() as usize).copied().unwrap_or(K::Other)
}

/// A field by its number.
pub(super) fn field(id: Option<std::num::NonZeroU16>) -> F {
    id.and_then(|id| GRAMMAR.fields.get(id.get() as usize).copied()).unwrap_or(F::None)
}

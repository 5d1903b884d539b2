//! Every message has a code that never changes its meaning. `HR00x`: text; `HR01x`: names; `HR02x`: types and values;
//! `HR03x`: what makes a change safe; `HR04x`: order and window; `HR05x`: what stands beside a runbook; `HR06x`: while it runs.

/// A code with what it means in a few words.
#[derive(Debug, Clone, Copy)]
pub struct Code {
    /// As in messages.
    pub code: &'static str,
    /// What it is about.
    pub title: &'static str,
}

/// All codes that the language uses, in order.
pub const CODES: &[Code] = &[
    Code { code: "HR001", title: "the text does not follow the grammar" },
    Code { code: "HR002", title: "the file does not start with its edition" },
    Code { code: "HR003", title: "a literal is not what it looks like" },
    Code { code: "HR004", title: "a clause stands twice" },
    Code { code: "HR005", title: "a part that is needed is not there" },
    Code { code: "HR010", title: "a name means nothing where it stands" },
    Code { code: "HR011", title: "there is no such function, method or field" },
    Code { code: "HR012", title: "an argument is unknown or given twice" },
    Code { code: "HR013", title: "a file is a runbook, or is none, where the other is needed" },
    Code { code: "HR014", title: "a declaration needs itself" },
    Code { code: "HR015", title: "a name is declared twice" },
    Code { code: "HR016", title: "a module cannot be brought in" },
    Code { code: "HR017", title: "nothing uses a declaration" },
    Code { code: "HR018", title: "a value is not known yet where it is used" },
    Code { code: "HR019", title: "a text shows a name in place of its value" },
    Code { code: "HR021", title: "a value is not what it is written or declared as" },
    Code { code: "HR022", title: "a value is of another type than is wanted" },
    Code { code: "HR023", title: "a function or method is given the wrong arguments" },
    Code { code: "HR024", title: "something that is needed is not given" },
    Code { code: "HR025", title: "a calculation has no result" },
    Code { code: "HR026", title: "a key does not name one instance of a fan-out" },
    Code { code: "HR027", title: "a value may be null where one is needed" },
    Code { code: "HR028", title: "a secret would become readable" },
    Code { code: "HR029", title: "a condition is always true or always false" },
    Code { code: "HR030", title: "an expression changes something" },
    Code { code: "HR031", title: "something is read where nothing can be read" },
    Code { code: "HR032", title: "a clause has no meaning without a change" },
    Code { code: "HR033", title: "an action does not say how it looks when it is done" },
    Code { code: "HR034", title: "a change has no way back, or two" },
    Code { code: "HR035", title: "a changing step has no bound" },
    Code { code: "HR036", title: "a way back leads past a step that has none" },
    Code { code: "HR037", title: "a number or a length of time is out of its bounds" },
    Code { code: "HR038", title: "a clause is about something that is not there" },
    Code { code: "HR039", title: "a URL is plain http" },
    Code { code: "HR040", title: "steps wait for each other" },
    Code { code: "HR041", title: "a step is used before it has run" },
    Code { code: "HR042", title: "a window has no length" },
    Code { code: "HR043", title: "a point in time or a time zone does not exist" },
    Code { code: "HR044", title: "a local time does not exist or exists twice" },
    Code { code: "HR045", title: "the change window is not open" },
    Code { code: "HR046", title: "steps side by side touch the same" },
    Code { code: "HR047", title: "a plan that cannot fit its window" },
    Code { code: "HR048", title: "whoever begins the run is an approver" },
    Code { code: "HR051", title: "certificates are always verified" },
    Code { code: "HR052", title: "networks of two steps overlap" },
    Code { code: "HR061", title: "an answer lacks a field" },
    Code { code: "HR062", title: "a system could not be read, and may be in a moment" },
    Code { code: "HR063", title: "a plan does not hold any more" },
    Code { code: "HR064", title: "not exactly one was found where one is expected" },
    Code { code: "HR065", title: "a read was refused" },
    Code { code: "HR066", title: "a plan was run already" },
    Code { code: "HR067", title: "another run changes the same" },
    Code { code: "HR068", title: "a run would be refused" },
];

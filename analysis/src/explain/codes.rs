//! What each code means, and how to avoid the allocation.

use super::finding::Code;

impl Code {
    /// A few lines for the code's page: what it means, and what to do about it.
    pub fn explanation(self) -> &'static str {
        match self {
            Code::ReturnedPointer => {
                "A pointer to the value is returned, so the value must outlive the function.\n\
                 Return the value itself if it is small, or fill in a value that the caller \
                 passes. Where the function is inlined, each caller decides anew: look at the \
                 findings there."
            }
            Code::ClosureCapture => {
                "A function literal that outlives its function needs what it captures for as \
                 long. A variable that is assigned again, whose address is taken, or that is \
                 larger than 128 bytes is captured by reference and moves to the heap itself; \
                 others are copied into the literal, which then is what is allocated.\n\
                 Pass the variable as an argument, capture a copy that is never assigned \
                 again, or keep the literal from outliving the function."
            }
            Code::InterfaceConversion => {
                "An interface value holds a pointer, so a value that is none is copied to \
                 memory of its own: to the heap if the interface value may be kept. \
                 Constants, single bytes and values without size need no memory.\n\
                 Call a function for the concrete type (strconv instead of fmt), make the \
                 parameter generic, or pass a pointer to something that exists anyway."
            }
            Code::Oversize => {
                "The value is larger than what the compiler puts on the stack: 128 KiB for a \
                 declared variable, 64 KiB for what new, make, & or a literal creates.\n\
                 Make it smaller, or allocate it once and use it again."
            }
            Code::UnknownSize => {
                "Nothing keeps the slice beyond its function, but the length given to make is \
                 not a constant: only up to 32 bytes are taken from the stack, more is \
                 allocated.\n\
                 Use a constant capacity where there is a bound, as in make([]T, n, 64), \
                 slice a local array, or let the caller pass a buffer."
            }
            Code::AppendGrowth => {
                "append makes a new array when the old one is full, and this one outlives the \
                 function or statement. A slice that grows step by step is allocated several \
                 times.\n\
                 Make the slice once with the capacity that is needed, or let the caller pass \
                 the slice to append to."
            }
            Code::GoStatement => {
                "Another goroutine uses the value at a time that the compiler does not know, \
                 so it cannot be on this goroutine's stack. That holds for the function \
                 literal, for what it captures by reference and for copies of arguments.\n\
                 Pass values as arguments instead of capturing variables that change, and \
                 start fewer goroutines that do more."
            }
            Code::DeferInLoop => {
                "A defer in a loop is kept until the function returns, once for each turn, \
                 with the deferred function and what it captures.\n\
                 Move the loop's body to a function of its own, or make the call at the end \
                 of the body."
            }
            Code::StoredInHeap => {
                "A pointer to the value is stored in something that is on the heap, or may \
                 be: behind a pointer, in a slice's array, in a value that itself escapes. \
                 The compiler does not tell one field or element from another.\n\
                 Store the value instead of a pointer to it, or keep the thing it is stored \
                 in from escaping."
            }
            Code::StoredInGlobal => {
                "A package-level variable points to the value, which so lives until the \
                 variable changes.\n\
                 Store the value itself in the variable, or use a local one."
            }
            Code::PassedToUnknown => {
                "The value is passed to a function that is not known when compiling: an \
                 interface's method, a function value, a function written in assembly. The \
                 compiler must expect that it is kept.\n\
                 Call a concrete type's method, make the function generic or small enough to \
                 be inlined, or use one buffer again and again. For assembly that keeps \
                 nothing there is //go:noescape."
            }
            Code::PassedToLeaking => {
                "The function that is called may keep its parameter: it stores it, or passes \
                 it to a function that is not known. Hover over that function to see what its \
                 parameters do.\n\
                 Let the function copy what it needs, or pass a value instead of a pointer."
            }
            Code::SentOnChannel => {
                "Whoever receives the pointer may use it after this function has returned.\n\
                 Send the value itself if it is small."
            }
            Code::StoredInMap => {
                "A map's keys and values are on the heap, so what they point to must be there \
                 too.\n\
                 Use a map of values instead of a map of pointers, or keys without pointers."
            }
            Code::Panic => {
                "Whoever recovers what is passed to panic may keep it. Nothing is allocated \
                 unless the panic happens.\n\
                 Leave it, or panic with a constant or a package-level error value."
            }
            Code::OutlivesIteration => {
                "The value is made anew in each turn of a loop, but a variable declared \
                 outside of the loop points to it. On the stack the next turn would overwrite \
                 it.\n\
                 Copy the value to the outer variable instead of pointing to it, or declare \
                 the value outside of the loop."
            }
            Code::OutlivesClosure => {
                "A function literal stores a pointer to something of its own in a variable of \
                 the function around it, which is still there when the literal has returned.\n\
                 Declare the value in the outer function, or let the literal return it by \
                 value."
            }
            Code::MethodValue => {
                "A method value such as x.M, used without calling it, is a function that \
                 holds its receiver. It is on the heap if it may be kept, and so is what a \
                 pointer receiver points to.\n\
                 Call the method directly, or make the method value once and use it again."
            }
            Code::StringBuilding => {
                "A string or slice made by +, string(b), []byte(s) or []rune(s) is new \
                 memory, and here it outlives the function.\n\
                 Build the text in one strings.Builder or with append to a []byte, or keep \
                 one of the two forms instead of converting. To compare or look up in a map, \
                 write string(b) in place: there no copy is made."
            }
            Code::Unsafe => {
                "The value's address becomes a number, by unsafe, a reflect header or a \
                 function marked //go:uintptrescapes. From there on the compiler cannot \
                 follow it, and takes it that it escapes.\n\
                 Keep it an unsafe.Pointer, or use unsafe.Slice and unsafe.String."
            }
            Code::Unplaceable => {
                "The compiler does not put this on the stack: a slice whose elements have no \
                 size, or a value that needs more alignment than a stack slot has.\n\
                 Nothing is to be done about a slice without size: it takes no memory on the \
                 heap either."
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_is_explained_in_two_parts() {
        for &code in Code::ALL {
            let text = code.explanation();
            assert_eq!(
                text.lines().count(),
                2,
                "{}: what it means, then what to do",
                code.as_str()
            );
            assert!(text.lines().all(|line| line.ends_with('.')), "{}", code.as_str());
            assert_eq!(Code::from_name(code.as_str()), Some(code));
        }
    }
}

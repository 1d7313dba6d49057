//! What each code means, and how to avoid the allocation.

use super::finding::Code;

impl Code {
    /// A few lines for the code's page: what it means, and what to do about it.
    pub fn explanation(self) -> &'static str {
        match self {
            Code::ReturnedPointer => {
                "A function returns a pointer to the value, so the value outlives the function's \
                 stack frame.\n\
                 Return the value itself where it is small, or let the caller pass a pointer to be \
                 filled in. If the function is small enough to be inlined, callers that do not \
                 keep the pointer have the value on their own stack: look at the findings there."
            }
            Code::ClosureCapture => {
                "A function literal that outlives its function needs its captured variables for as \
                 long as it lives. A variable that is assigned again, or larger than 128 bytes, is \
                 captured by reference and moves to the heap itself; others are copied into the \
                 literal, which then is what is allocated.\n\
                 Pass the variable as an argument, copy it to a new variable that is never assigned \
                 again, or do not let the literal outlive the function."
            }
            Code::InterfaceConversion => {
                "An interface value holds a pointer. A value that is no pointer is copied to \
                 memory of its own when it becomes an interface value, and to the heap if the \
                 interface value is kept or passed to a function that may keep it.\n\
                 Constants, values of one byte and values without size need no allocation. \
                 Otherwise: use a function for the concrete type (strconv instead of fmt), make \
                 the parameter generic, or pass a pointer to something that exists anyway."
            }
            Code::Oversize => {
                "The value is larger than what the compiler puts on the stack: 128 KiB for a \
                 declared variable, 64 KiB for what new, make, & or a literal creates.\n\
                 Make it smaller, or allocate it once and use it again."
            }
            Code::UnknownSize => {
                "The length given to make is not a constant. Nothing keeps the slice beyond its \
                 function, but only up to 32 bytes are taken from the stack; more is allocated.\n\
                 Use a constant length where there is a bound, make([]T, n, 64) or a slice of a \
                 local array, or let the caller pass a buffer."
            }
            Code::AppendGrowth => {
                "append makes a new array when the old one is full, and here the result outlives \
                 the function or statement, so that the array is on the heap. A slice that grows \
                 step by step is allocated several times.\n\
                 Allocate once, with make and the capacity that is needed, or let the caller pass \
                 the slice to append to."
            }
            Code::GoStatement => {
                "What a go statement needs is used by another goroutine, at a time that the \
                 compiler does not know, so it cannot be on this goroutine's stack: the function \
                 literal, what it captures by reference, and the copies of arguments.\n\
                 Pass values as arguments instead of capturing variables that change, and start \
                 fewer goroutines that do more: a pool of workers."
            }
            Code::DeferInLoop => {
                "A defer in a loop is kept until the function returns, once for each turn. So the \
                 deferred function and what it captures are on the heap.\n\
                 Move the loop's body to a function of its own, where the defer is outside of any \
                 loop, or call what is deferred at the end of the body."
            }
            Code::StoredInHeap => {
                "A pointer to the value is stored in something that is on the heap, or may be: \
                 behind a pointer, in a slice's array, in a value that itself escapes. The \
                 compiler does not tell one field or element from another.\n\
                 Store the value instead of a pointer to it, or keep the thing it is stored in \
                 from escaping."
            }
            Code::StoredInGlobal => {
                "A package-level variable points to the value, so it lives as long as the program \
                 or until the variable changes.\n\
                 Store the value itself in the variable, or keep it in a local one."
            }
            Code::PassedToUnknown => {
                "The value is passed to a function that is not known when compiling: an \
                 interface's method, a function value, a function written in assembly. The \
                 compiler must expect that it is kept.\n\
                 Call a concrete type's method, make the function generic or small enough to be \
                 inlined, or use one buffer again and again. For assembly that keeps nothing there \
                 is //go:noescape."
            }
            Code::PassedToLeaking => {
                "The function that is called may keep its parameter: it stores it, returns it to \
                 somewhere that lives on, or passes it to a function that is not known. Hover over \
                 that function to see what its parameters do.\n\
                 Change the function so that it copies what it needs, or pass a value instead of a \
                 pointer."
            }
            Code::SentOnChannel => {
                "A pointer that is sent on a channel goes to another goroutine and outlives this \
                 function's stack frame, as far as the compiler can tell.\n\
                 Send the value itself where it is small."
            }
            Code::StoredInMap => {
                "Keys and values of a map are copied to memory on the heap, so what they point to \
                 must be there too.\n\
                 Use a map of values instead of a map of pointers, or keys without pointers."
            }
            Code::Panic => {
                "What is passed to panic becomes an interface value that whoever recovers it may \
                 keep. Nothing is allocated unless the panic happens.\n\
                 If the function is called often, only its stack use matters: leave it, or panic \
                 with a constant or a package-level error value."
            }
            Code::OutlivesIteration => {
                "The value is made anew in each turn of a loop, but a variable declared outside of \
                 the loop points to it. Its stack slot would be used again by the next turn.\n\
                 Copy the value to the outer variable instead of pointing to it, or declare the \
                 value outside of the loop."
            }
            Code::OutlivesClosure => {
                "A function literal stores a pointer to something of its own in a variable of the \
                 function around it, which is still there when the literal has returned.\n\
                 Declare the value in the outer function, or let the literal return it by value."
            }
            Code::MethodValue => {
                "A method value such as x.M, used without calling it, is a function that holds a \
                 copy of its receiver. It is on the heap if it outlives its function or is passed \
                 to a function that may keep it, and so is what a pointer receiver points to.\n\
                 Call the method directly, or make the method value once and keep it."
            }
            Code::StringBuilding => {
                "A string or a slice made by +, string(b), []byte(s) or []rune(s) is new memory, \
                 and it outlives the function.\n\
                 Build the text in one strings.Builder or with append to a []byte, keep one of \
                 the two forms instead of converting, and compare or look up with string(b) \
                 directly: there no copy is made."
            }
            Code::Unsafe => {
                "The value's address becomes a uintptr, by unsafe, a reflect header or a function \
                 marked //go:uintptrescapes. From there on the compiler cannot follow it, and \
                 takes it that it escapes.\n\
                 Keep it an unsafe.Pointer, or use unsafe.Slice and unsafe.String."
            }
            Code::Unplaceable => {
                "The compiler does not put this on the stack: a slice whose elements have no size, \
                 or a value that needs more alignment than a stack slot has.\n\
                 A slice without size takes no memory on the heap either, so nothing is to be done \
                 about it."
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

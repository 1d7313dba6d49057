module relationsoracle

go 1.26

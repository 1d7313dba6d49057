module constantoracle

go 1.26

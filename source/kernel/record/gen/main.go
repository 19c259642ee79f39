// Command gen writes the kernel half's header from the schema to the file it is
// given.
package main

import (
	"log"
	"os"

	"github.com/gyrsec/gyr/source/kernel/record"
)

func main() {
	f, err := os.Create(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	if err := record.WriteHeader(f); err != nil {
		log.Fatal(err)
	}
	if err := f.Close(); err != nil {
		log.Fatal(err)
	}
}

// JSON on standard input, written again with sorted keys and without spaces; numbers keep their spelling. Two documents
// of the same content become the same bytes.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
)

func main() {
	decoder := json.NewDecoder(os.Stdin)
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		refuse(err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		refuse(fmt.Errorf("something follows the document"))
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		refuse(err)
	}
}

func refuse(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// Command verifylog checks a log entry with Go's own checksum-database packages, which share no code with ours:
// sumdb/note for the signatures of two checkpoints, sumdb/tlog for inclusion of a leaf under the newer one and for
// its growth from the older one. It reads one JSON document on standard input and exits 0 when everything holds.
package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type input struct {
	VerifierKey string   `json:"verifierKey"`
	Checkpoint  string   `json:"checkpoint"`
	Leaf        []byte   `json:"leaf"`
	Index       int64    `json:"index"`
	Inclusion   [][]byte `json:"inclusion"`
	Older       string   `json:"older"`
	Consistency [][]byte `json:"consistency"`
}

type head struct {
	size int64
	root tlog.Hash
}

// open checks a checkpoint's signature and reads its size and root.
func open(text string, verifier note.Verifier) (head, error) {
	opened, err := note.Open([]byte(text), note.VerifierList(verifier))
	if err != nil {
		return head{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		return head{}, fmt.Errorf("checkpoint has the wrong lines")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return head{}, err
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return head{}, fmt.Errorf("checkpoint has no root")
	}
	return head{size: size, root: tlog.Hash(hash(root))}, nil
}

func hash(bytes []byte) (h [tlog.HashSize]byte) {
	copy(h[:], bytes)
	return h
}

func hashes(list [][]byte) []tlog.Hash {
	var out []tlog.Hash
	for _, bytes := range list {
		out = append(out, tlog.Hash(hash(bytes)))
	}
	return out
}

func check() error {
	var in input
	if err := json.NewDecoder(os.Stdin).Decode(&in); err != nil {
		return fmt.Errorf("input: %w", err)
	}
	verifier, err := note.NewVerifier(in.VerifierKey)
	if err != nil {
		return fmt.Errorf("verifier key: %w", err)
	}
	newer, err := open(in.Checkpoint, verifier)
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	older, err := open(in.Older, verifier)
	if err != nil {
		return fmt.Errorf("older checkpoint: %w", err)
	}
	err = tlog.CheckRecord(hashes(in.Inclusion), newer.size, newer.root, in.Index, tlog.RecordHash(in.Leaf))
	if err != nil {
		return fmt.Errorf("inclusion: %w", err)
	}
	err = tlog.CheckTree(hashes(in.Consistency), newer.size, newer.root, older.size, older.root)
	if err != nil {
		return fmt.Errorf("consistency: %w", err)
	}
	return nil
}

func main() {
	if err := check(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("verified")
}

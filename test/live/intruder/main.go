// Command intruder does what rules of Gyr watch, in ways meant to hide it. It
// is what live tests let run:
//
//	intruder openat2 in_root /etc /shadow
//
// Each way ends with 0 only where the act itself succeeded: where a file was to
// be read, the descriptor at hand is that file by device and inode, and a byte
// of it could be read. So a test in which nothing happened cannot pass. What a
// test has to know beside, like how often a race was won, is printed.
package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"runtime/debug"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// way is one way of doing something; it gets its own arguments.
type way struct {
	usage string
	do    func(args []string) error
}

func main() {
	debug.SetGCPercent(-1) // addresses are kept as numbers
	all := map[string]way{}
	for _, area := range []map[string]way{
		openWays(), mountWays(), passWays(), uringWays(), raceWays(), compatWays(), execWays(), networkWays(), memoryWays(),
	} {
		maps.Copy(all, area)
	}
	if len(os.Args) < 2 {
		usage(all)
	}
	w, ok := all[os.Args[1]]
	if !ok || len(os.Args)-2 < len(strings.Fields(w.usage)) {
		usage(all)
	}
	if err := w.do(os.Args[2:]); err != nil {
		fmt.Fprintf(os.Stderr, "intruder %s: %v\n", os.Args[1], err)
		os.Exit(1)
	}
}

func usage(all map[string]way) {
	for _, name := range slices.Sorted(maps.Keys(all)) {
		fmt.Fprintln(os.Stderr, "intruder", name, all[name].usage)
	}
	os.Exit(2)
}

// identity is what a file is, whatever it is called.
type identity struct{ dev, ino uint64 }

func identityOf(name string) (identity, error) {
	var st unix.Stat_t
	if err := unix.Stat(name, &st); err != nil {
		return identity{}, fmt.Errorf("stat %s: %w", name, err)
	}
	return identity{uint64(st.Dev), st.Ino}, nil
}

func identityOfFD(fd int) (identity, error) {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return identity{}, fmt.Errorf("fstat %d: %w", fd, err)
	}
	return identity{uint64(st.Dev), st.Ino}, nil
}

var errOtherFile = errors.New("what was opened is another file")

// readFrom reads a byte and makes sure that the file is the one wanted.
func readFrom(fd int, want identity) error {
	got, err := identityOfFD(fd)
	if err != nil {
		return err
	}
	if got != want {
		return fmt.Errorf("%w: %v, not %v", errOtherFile, got, want)
	}
	if n, err := unix.Read(fd, make([]byte, 1)); n != 1 || err != nil {
		return fmt.Errorf("read: %d bytes, %w", n, err)
	}
	return nil
}

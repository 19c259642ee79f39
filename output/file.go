package output

import (
	"context"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"
)

// fileMode lets those read the alerts who ship them, as Falco does.
const fileMode = 0o644

// FileOptions say where alerts are appended.
type FileOptions struct {
	Filename string
	// KeepAlive keeps the file open; otherwise it is opened for each block.
	KeepAlive bool
}

// file is a receiver that appends to a file.
type file struct {
	options FileOptions
	open    *os.File
	// torn is set where the file ends with a part of a line that could not be taken
	// back.
	torn bool
}

// NewFile returns a receiver that appends to a file. It is made where it does not
// exist, but its directory is not.
func NewFile(o FileOptions) Receiver { return &file{options: o} }

// Deliver appends a block. Where there is no room for all of it, what was written
// is taken back, so that it can be tried again.
func (f *file) Deliver(ctx context.Context, b Block) error {
	if f.open == nil {
		// A pipe with a name that nobody reads is an error, and not waited for.
		open, err := os.OpenFile(f.options.Filename, os.O_WRONLY|os.O_APPEND|os.O_CREATE|syscall.O_NONBLOCK, fileMode)
		if err != nil {
			return err
		}
		f.open = open
	}
	open := f.open
	// Pipes alone have deadlines.
	defer context.AfterFunc(ctx, func() { _ = open.SetWriteDeadline(time.Unix(1, 0)) })()
	err := f.write(b.Text)
	if err != nil || !f.options.KeepAlive {
		err = f.close(err)
	}
	return err
}

func (f *file) write(text []byte) error {
	if f.torn {
		if _, err := f.open.Write([]byte{'\n'}); err != nil {
			return err
		}
		f.torn = false
	}
	n, err := f.open.Write(text)
	if err == nil || n == 0 {
		return err
	}
	if !f.takeBack(int64(n)) {
		f.torn = cut(text, n)
	}
	return err
}

// takeBack removes the last n bytes of a regular file, if they are those that
// were just written.
func (f *file) takeBack(n int64) bool {
	info, err := f.open.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return false
	}
	end, err := f.open.Seek(0, io.SeekCurrent)
	return err == nil && end == info.Size() && end >= n && f.open.Truncate(end-n) == nil
}

// close closes the file. Some file systems tell only then that they have no room.
func (f *file) close(before error) error {
	if f.open == nil {
		return before
	}
	err := f.open.Close()
	f.open = nil
	if before == nil && err != nil {
		return fmt.Errorf("close: %w", err)
	}
	return before
}

func (f *file) Reopen(context.Context) {
	_ = f.close(nil) // there is nothing to be done about it
	f.torn = false   // the next may be another file
}

func (f *file) Close(context.Context) { _ = f.close(nil) }

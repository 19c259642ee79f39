package output

import (
	"context"
	"io"
)

// NewStream returns a receiver that writes lines to w, and never opens it anew.
// How much of what could not be written got through is not known for every kind of
// stream, so nothing should be tried again.
func NewStream(w io.Writer) Receiver { return &stream{to: w} }

// stream is a receiver that writes lines to what somebody else has opened.
type stream struct {
	to io.Writer
	// torn is set where the last write stopped within a line.
	torn bool
}

func (s *stream) Deliver(_ context.Context, b Block) error {
	if s.torn { // end the line that was cut, so that the next stands alone
		if _, err := s.to.Write([]byte{'\n'}); err == nil {
			s.torn = false
		}
	}
	n, err := s.to.Write(b.Text)
	if err != nil {
		s.torn = s.torn || cut(b.Text, n)
	}
	return err
}

// cut reports whether the first n bytes of the lines end within one.
func cut(text []byte, n int) bool { return n > 0 && n <= len(text) && text[n-1] != '\n' }

func (s *stream) Reopen(context.Context) {}
func (s *stream) Close(context.Context)  {}

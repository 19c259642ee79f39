package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/gyrsec/gyr/config"
	"github.com/gyrsec/gyr/field"
	"github.com/gyrsec/gyr/rules"
)

// appendPrinted adds the outputs given with -p to those of all rules.
func (f *flags) appendPrinted(c *config.Config) error {
	for _, p := range f.print {
		switch p {
		case "c", "container", "k", "kubernetes", "cg", "container-gvisor", "kg", "kubernetes-gvisor":
			continue // every alert says it anyway
		}
		t, err := rules.ParseTemplate(p)
		if err != nil {
			return fmt.Errorf("-p %s: %w", p, err)
		}
		for _, ref := range t.Refs() {
			if err := rules.UnknownStatic(ref, c.StaticNames()); err != nil {
				return fmt.Errorf("-p %s: %w", p, err)
			}
		}
		c.AppendOutput = append(c.AppendOutput, config.AppendOutput{ExtraOutput: p})
	}
	return nil
}

// checkSources looks at --enable-source and --disable-source: there is one source,
// without which nothing would be watched.
func (f *flags) checkSources() error {
	if len(f.enable) > 0 && len(f.disable) > 0 {
		return errors.New("--enable-source and --disable-source cannot be given together; use one of them")
	}
	for _, s := range f.enable {
		if s != field.Syscall {
			return fmt.Errorf("--enable-source %s: there is no such source; the only one is %s", s, field.Syscall)
		}
	}
	for _, s := range f.disable {
		switch s {
		case field.Syscall:
			return fmt.Errorf("--disable-source %s: nothing would be watched, as there is no other source", s)
		case field.K8sAudit: // is not there, as asked
		default:
			return fmt.Errorf("--disable-source %s: there is no such source; the only one is %s", s, field.Syscall)
		}
	}
	return nil
}

// limit ends the context after the time given with -M.
func (f *flags) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	if f.seconds == 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, time.Duration(f.seconds)*time.Second)
}

// writePID writes the process id to the file given with -P. The function it
// returns removes the file, unless another process has written its own.
func (f *flags) writePID() (forget func(), err error) {
	if f.pidFile == "" {
		return func() {}, nil
	}
	id := []byte(strconv.Itoa(os.Getpid()) + "\n")
	if err := os.WriteFile(f.pidFile, id, 0o644); err != nil {
		return nil, fmt.Errorf("write the file given with -P: %w", err)
	}
	return func() {
		if now, err := os.ReadFile(f.pidFile); err == nil && bytes.Equal(now, id) {
			_ = os.Remove(f.pidFile) // it may be gone
		}
	}, nil
}

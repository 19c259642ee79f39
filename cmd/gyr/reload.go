package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/gyrsec/gyr/config"
	"github.com/gyrsec/gyr/sensor"
	"github.com/gyrsec/gyr/watch"
)

// reloader reads configuration and rules again at SIGHUP, and when their files
// change; and it makes outputs anew at SIGUSR1.
type reloader struct {
	flags   flags
	log     *slog.Logger
	signals chan os.Signal
	reopens chan os.Signal
	changes chan struct{}
	running sync.WaitGroup
	ctx     context.Context
	end     context.CancelFunc // no reload is begun after it, and none is told of
	// watched are the paths that are watched, and unwatch ends that.
	watched []string
	unwatch context.CancelFunc
	// sum is that of the files as they were last read.
	sum [sha256.Size]byte
}

// newReloader takes over the signals at once: one that comes while the sensor still
// starts must not end it, and is served when it has started. The files are
// watched from now on, too.
func newReloader(f flags, c *config.Config, log *slog.Logger) *reloader {
	r := &reloader{flags: f, log: log, signals: make(chan os.Signal, 1), reopens: make(chan os.Signal, 1), changes: make(chan struct{}, 1)}
	signal.Notify(r.signals, syscall.SIGHUP)
	signal.Notify(r.reopens, syscall.SIGUSR1)
	r.ctx, r.end = context.WithCancel(context.Background())
	// What a pipe holds is there once, and for the sensor.
	if paths := r.paths(c); c.WatchConfigFiles && readOnce(paths) == nil {
		r.sum = sum(c)
		r.watch(paths)
	}
	return r
}

// paths are those of the files the configuration is made of, or would be, and of
// its rules.
func (r *reloader) paths(c *config.Config) []string {
	paths := r.flags.configFiles()
	for _, f := range c.ConfigFiles {
		paths = append(paths, f.Path)
	}
	return append(paths, c.RulesFiles...)
}

// watch watches the paths, and no other any more.
func (r *reloader) watch(paths []string) {
	if slices.Equal(paths, r.watched) {
		return
	}
	files, err := watch.New(paths)
	if err != nil {
		r.log.Warn("changes of rules and configuration are not noticed; send SIGHUP after one", "error", err)
		return
	}
	if r.unwatch != nil {
		r.unwatch()
	}
	ctx, unwatch := context.WithCancel(r.ctx)
	r.watched, r.unwatch = paths, unwatch
	r.changed() // they may have, between being read and being watched
	r.running.Go(func() { files.Run(ctx, r.changed) })
}

// changed has the files compared with what was last read of them.
func (r *reloader) changed() {
	select {
	case r.changes <- struct{}{}:
	default: // one more is due already
	}
}

// configFiles is where the configuration is, or would be.
func (f *flags) configFiles() []string {
	if f.config == "" {
		return []string{config.DefaultPath}
	}
	return []string{f.config}
}

// readOnce is an error where one of the paths is that of a pipe, or another thing
// that cannot be read a second time, and whose reading may never end.
func readOnce(paths []string) error {
	for _, path := range paths {
		if info, err := os.Stat(path); err == nil && !info.IsDir() && !info.Mode().IsRegular() {
			return fmt.Errorf("%s is no regular file (%v) and cannot be read anew; start gyr again, or name a file", path, info.Mode())
		}
	}
	return nil
}

// sum tells the contents of configuration and rules apart.
func sum(c *config.Config) (sum [sha256.Size]byte) {
	h := sha256.New()
	for _, f := range c.Files {
		h.Write([]byte("\x00" + f.Name + "\x00"))
		h.Write(f.SHA256[:])
	}
	// What cannot be read is an error of the reload.
	sources, _, _ := c.RulesSources()
	for _, s := range sources {
		h.Write([]byte("\x00" + s.Name + "\x00"))
		h.Write(s.Data)
	}
	h.Sum(sum[:0])
	return sum
}

// start serves signals and changes until stop.
func (r *reloader) start(s *sensor.Sensor) {
	r.running.Go(func() {
		for {
			select {
			case <-r.ctx.Done():
				return
			case <-r.signals:
				r.reload(s, "SIGHUP received", true)
			case <-r.reopens:
				r.log.Info("SIGUSR1 received: outputs are made anew")
				s.Reopen()
			case <-r.changes:
				r.reload(s, "files have changed", false)
			}
		}
	})
}

func (r *reloader) stop() {
	signal.Stop(r.signals)
	signal.Stop(r.reopens)
	r.end()
	r.running.Wait()
}

// load reads the configuration anew, and makes sure that so the rules can be.
func (r *reloader) load() (*config.Config, []config.Warning, error) {
	if err := readOnce(r.flags.configFiles()); err != nil {
		return nil, nil, err
	}
	c, warnings, err := loadConfig(r.flags)
	if err == nil {
		err = readOnce(c.RulesFiles)
	}
	return c, warnings, err
}

// reload reads all anew; unless it is asked for, only where something differs.
func (r *reloader) reload(s *sensor.Sensor, why string, asked bool) {
	if r.ctx.Err() != nil {
		return
	}
	c, warnings, err := r.load()
	if err == nil {
		now := sum(c)
		if now == r.sum && !asked {
			return
		}
		r.sum = now
		if c.WatchConfigFiles {
			r.watch(r.paths(c))
		}
	}
	for _, w := range warnings {
		r.log.Warn(w.String())
	}
	if err == nil {
		err = s.Reload(c)
	}
	switch {
	case r.ctx.Err() != nil: // the sensor may have ended meanwhile
		return
	case err != nil:
		r.log.Error(why+": the new configuration is refused, the rules in force stay", "error", err)
		s.ReloadFailed(err)
		return
	}
	r.log.Info(why+": rules are loaded anew", "rules", len(s.Rules()), "files", strings.Join(s.Files(), ", "))
}

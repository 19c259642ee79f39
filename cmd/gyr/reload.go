package main

import (
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"

	"github.com/gyrsec/gyr/sensor"
)

// reloader reads configuration and rules again at SIGHUP.
type reloader struct {
	flags   flags
	log     *slog.Logger
	signals chan os.Signal
	running sync.WaitGroup
}

// newReloader takes over SIGHUP at once: one that comes while the sensor still
// starts must not end it, and is served when it has started.
func newReloader(f flags, log *slog.Logger) *reloader {
	r := &reloader{flags: f, log: log, signals: make(chan os.Signal, 1)}
	signal.Notify(r.signals, syscall.SIGHUP)
	return r
}

// start serves the signals until stop.
func (r *reloader) start(s *sensor.Sensor) {
	r.running.Go(func() {
		for range r.signals {
			r.reload(s)
		}
	})
}

func (r *reloader) stop() {
	signal.Stop(r.signals)
	close(r.signals)
	r.running.Wait()
}

func (r *reloader) reload(s *sensor.Sensor) {
	c, warnings, err := loadConfig(r.flags)
	for _, w := range warnings {
		r.log.Warn(w.String())
	}
	if err == nil {
		err = s.Reload(c)
	}
	if err != nil {
		r.log.Error("SIGHUP received: the new configuration is refused, the rules in force stay", "error", err)
		return
	}
	r.log.Info("SIGHUP received: rules are loaded anew", "rules", len(s.Rules()), "files", strings.Join(s.Files(), ", "))
}

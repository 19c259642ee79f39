package sensor

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/gyrsec/gyr/alert"
	"github.com/gyrsec/gyr/config"
	"github.com/gyrsec/gyr/output"
)

// outputRetries is how often an alert is tried again that a file, a program or the
// syslog daemon did not take: for about three seconds.
const outputRetries = 5

// stdoutName is what the standard output is called as an output.
const stdoutName = "stdout"

// receiver is where alerts go to, and how.
type receiver struct {
	name     string
	to       output.Receiver
	buffered bool
	retries  int
}

// newReceivers makes the receivers that are configured. Nothing is opened yet.
func newReceivers(c *config.Config, o *Options) ([]receiver, error) {
	var all []receiver
	if c.StdoutOutput.Enabled {
		all = append(all, receiver{stdoutName, output.NewStream(o.Stdout), c.BufferedOutputs, 0})
	}
	if c.SyslogOutput.Enabled {
		// The name we were started with, as syslog() has it: somebody may filter by it.
		tag := filepath.Base(os.Args[0])
		all = append(all, receiver{"syslog", output.NewSyslog(output.SyslogOptions{Tag: tag}), false, outputRetries})
	}
	if f := c.FileOutput; f.Enabled {
		to := output.NewFile(output.FileOptions{Filename: f.Filename, KeepAlive: f.KeepAlive})
		all = append(all, receiver{"file", to, f.KeepAlive && c.BufferedOutputs, outputRetries})
	}
	if p := c.ProgramOutput; p.Enabled {
		to := output.NewProgram(output.ProgramOptions{Program: p.Program, KeepAlive: p.KeepAlive, Stdout: o.Stdout, Stderr: o.Stderr})
		all = append(all, receiver{"program", to, p.KeepAlive && c.BufferedOutputs, outputRetries})
	}
	if h := c.HTTPOutput; h.Enabled {
		to, err := newHTTP(c, o)
		if err != nil {
			return nil, err
		}
		all = append(all, receiver{"http", to, false, h.MaxConsecutiveTimeouts})
	}
	return all, nil
}

func newHTTP(c *config.Config, o *Options) (output.Receiver, error) {
	h := &c.HTTPOutput
	options := output.HTTPOptions{
		URL: h.URL, UserAgent: h.UserAgent, JSON: c.JSONOutput, Insecure: h.Insecure,
		CACert: h.CACert, CABundle: h.CABundle, CAPath: h.CAPath,
		MTLS: h.MTLS, ClientCert: h.ClientCert, ClientKey: h.ClientKey,
		Compress: h.CompressUploads, KeepAlive: h.KeepAlive,
		Warn: func(err error) {
			o.Log.Warn("http output: those certificates stay in use that there were", "error", err)
		},
	}
	if h.Echo {
		options.Echo = func(status, body string) {
			o.Log.Info("http output: the server answers", "status", status, "body", body)
		}
	}
	return output.NewHTTP(options)
}

// startOutputs starts a channel for each of the receivers. settled is
// output.Options.Settled, internal how alerts about dropped ones look.
func (s *Sensor) startOutputs(settled func() int64, internal alert.Options) {
	format := output.Text
	if s.config.JSONOutput {
		format = output.JSON
	}
	for _, r := range s.receivers {
		log := s.options.Log.With("output", r.name)
		timeout := s.config.OutputTimeout
		s.outputs = append(s.outputs, output.New(r.name, r.to, output.Options{
			Format: format, Buffered: r.buffered, Capacity: s.config.OutputsQueue.Capacity,
			Retries: r.retries, Timeout: timeout,
			Settled: settled, Internal: internal,
			Failing: func(err error) {
				log.Error("an output fails: it is tried again, and alerts that are lost are counted", "error", err)
			},
			Absent: func(err error) {
				log.Info("an output has no effect until there is somebody to take alerts", "reason", err)
			},
			Recovered: func() { log.Info("the output works again") },
			Slow: func() {
				log.Warn(fmt.Sprintf("%q output timeout: it has not taken an alert for %v; the other outputs do not wait for it", r.name, timeout))
			},
		}))
	}
}

// closeOutputs ends the outputs, once they have delivered what they can. What
// failed is an error of ours at the standard output alone, which is whoever
// started us; elsewhere it is the receiver's.
func (s *Sensor) closeOutputs() error {
	var own error
	for i, err := range s.outputs.Close(closeLimit) {
		switch {
		case err == nil:
		case s.outputs[i].Name() == stdoutName:
			own = err
		default:
			s.options.Log.Error("an output fails at the end", "output", s.outputs[i].Name(), "error", err)
		}
	}
	return own
}

// Reopen makes anew what alerts are written to: files are opened by their names
// again, programs started again, connections and certificates made and read again.
// It may be called while Run runs.
func (s *Sensor) Reopen() { s.outputs.Reopen() }

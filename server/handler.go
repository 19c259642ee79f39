package server

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/gyrsec/gyr/config"
	"github.com/gyrsec/gyr/rules"
)

// handler answers requests. Paths are compared as they are: the configured one
// may hold what http.ServeMux takes for a pattern.
type handler struct {
	sensor   Sensor
	healthz  string // path
	versions []byte
	metrics  http.Handler // nil: not offered
}

func newHandler(o Options) (*handler, error) {
	versions, err := json.Marshal(VersionsOf(o.Version))
	if err != nil {
		return nil, err
	}
	h := &handler{sensor: o.Sensor, healthz: o.Webserver.HealthzEndpoint, versions: versions}
	if o.Metrics && o.Webserver.Prometheus {
		h.metrics, err = newMetrics(o)
	}
	return h, err
}

// ServeHTTP answers a request.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	serve := h.route(r.URL.Path)
	switch {
	case serve == nil:
		http.NotFound(w, r)
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "only GET and HEAD are answered", http.StatusMethodNotAllowed)
	default:
		serve(w, r)
	}
}

// route is what answers requests of a path, nil where nothing does.
func (h *handler) route(path string) http.HandlerFunc {
	switch {
	case path == h.healthz:
		return h.serveHealth
	case path == config.VersionsEndpoint:
		return func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, h.versions) }
	case path == config.MetricsEndpoint && h.metrics != nil:
		return h.metrics.ServeHTTP
	}
	return nil
}

func (h *handler) serveHealth(w http.ResponseWriter, _ *http.Request) {
	err := h.sensor.Health()
	if err == nil {
		writeJSON(w, http.StatusOK, []byte(`{"status": "ok"}`))
		return
	}
	text, _ := json.Marshal(err.Error()) // a string always can be
	writeJSON(w, http.StatusServiceUnavailable, []byte(`{"status": `+string(text)+`}`))
}

func writeJSON(w http.ResponseWriter, code int, b []byte) {
	w.Header().Set("Content-Type", "application/json")
	// An answer that is kept somewhere on the way would not be true any more.
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	_, _ = w.Write(b) // whoever asked has gone
}

// none is the version of what Gyr has not got: there is none that it satisfies.
const none = "0.0.0"

// Versions is what /versions tells, by Falco's keys.
type Versions struct {
	// FalcoVersion is Gyr's own.
	FalcoVersion string `json:"falco_version"`
	// What follows is of programs that are no part of Gyr.
	LibsVersion          string `json:"libs_version"`
	PluginAPIVersion     string `json:"plugin_api_version"`
	DriverAPIVersion     string `json:"driver_api_version"`
	DriverSchemaVersion  string `json:"driver_schema_version"`
	DefaultDriverVersion string `json:"default_driver_version"`
	// Of the rule language and its fields, by which rule files are chosen.
	EngineVersion       string `json:"engine_version"`
	EngineVersionSemver string `json:"engine_version_semver"`
	// PluginVersions are the versions of plugins that rule files may require.
	PluginVersions map[string]string `json:"plugin_versions"`
}

// VersionsOf are the versions of the Gyr of that version.
func VersionsOf(version string) Versions {
	// The engine had a plain number before it had a semantic version, of which
	// the second part goes on from it.
	engine := strings.Split(rules.EngineVersion, ".")[1]
	return Versions{
		FalcoVersion: version, LibsVersion: none, PluginAPIVersion: none,
		DriverAPIVersion: none, DriverSchemaVersion: none, DefaultDriverVersion: none,
		EngineVersion: engine, EngineVersionSemver: rules.EngineVersion,
		PluginVersions: rules.BuiltinPlugins(),
	}
}

package containers

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gyrsec/gyr/test/e2e/runtimes"
)

// churnSize is how many containers come and go, of each kind: GYR_E2E_CHURN, or
// as many as fit into a run on every change.
func churnSize(t *testing.T) int {
	t.Helper()
	value := os.Getenv("GYR_E2E_CHURN")
	if value == "" {
		return 400
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 {
		t.Fatalf("GYR_E2E_CHURN must be a number of containers, not %q", value)
	}
	return n
}

// churnAlerts is one in so many containers that raises an alert.
const churnAlerts = 10

// churn has n containers come and go after a warm-up, and holds that gyr is
// afterwards where it was before. run starts a container and returns when it is
// gone.
func churn(t *testing.T, g *gyr, n int, run func(ctx context.Context, i int, args []string) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	began := time.Now()
	next := 0
	some := func(n int) {
		first := next
		next += n
		parallel(n, burstParallel, func(i int) {
			args := []string{"true"}
			if i += first; i%churnAlerts == 0 {
				args = append(args, fmt.Sprintf("%schurn-%d;", markPrefix, i))
			}
			if err := run(ctx, i, args); err != nil {
				t.Error(err)
			}
		})
	}
	warmup := n / 4
	some(warmup)
	before := g.level(t)
	some(n)
	after := g.settled(t, func(l level) error { return errors.Join(l.forgot(), l.within(before)) })
	t.Logf("%d containers in %.0f s\nafter %d: %v\nafter %d: %v", n+warmup, time.Since(began).Seconds(), warmup, before, n+warmup, after)

	raised := map[string]int{}
	for _, a := range g.find(func(a alert) bool { return markOf(a) != "" }) {
		raised[markOf(a)]++
	}
	for i := 0; i < n+warmup; i += churnAlerts {
		mark := fmt.Sprintf("churn-%d", i)
		if raised[mark] != 1 {
			host := g.find(func(a alert) bool { return a.Rule == hostRule && strings.Contains(a.raw, mark+";") })
			t.Errorf("the container with the mark %s raised %d alerts, and the host %d", mark, raised[mark], len(host))
		}
	}
}

// delivered are the rules gyr comes with: what they need has gyr keep more.
func delivered(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../../config/falco_rules.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestE2EChurn holds that containers that come and go leave nothing behind in
// gyr.
func TestE2EChurn(t *testing.T) {
	require(t)
	// Of the first kind no runtime knows anything: they are asked for in vain.
	t.Run("unknown", func(t *testing.T) {
		s, _ := dockerStage(t)
		g := startGyr(t, s.place, delivered(t)+rules, s.engines(s.socket).settings())
		b := s.place.Bundle(t)
		churn(t, g, churnSize(t), func(ctx context.Context, _ int, args []string) error {
			return b.Run(ctx, "/docker/", args)
		})
	})
	t.Run("described", func(t *testing.T) {
		s, c := containerdStage(t)
		g := startGyr(t, s.place, delivered(t)+rules, s.engines(s.socket).settings())
		churn(t, g, churnSize(t)/2, func(ctx context.Context, i int, args []string) error {
			name := fmt.Sprintf("churn-%d", i)
			pod := &runtimes.Pod{Name: name, Namespace: "shop", UID: podUID(name)}
			if err := c.RunPod(ctx, t, pod); err != nil {
				return err
			}
			id, err := c.Run(ctx, pod, runtimes.Container{Name: "main", Image: image, Args: args})
			if err != nil {
				return err
			}
			return errors.Join(c.Wait(ctx, id), c.Remove(ctx, id), c.RemovePod(ctx, pod.ID))
		})
	})
}

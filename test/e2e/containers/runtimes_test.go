package containers

import "testing"

// Each runtime is started once for its tests.

func TestE2EDocker(t *testing.T) {
	require(t)
	s, d := dockerStage(t)
	t.Run("kinds", func(t *testing.T) { testDockerKinds(t, s, d) })
	t.Run("burst", func(t *testing.T) { testBurst(t, s) })
	t.Run("slow", func(t *testing.T) { testSlow(t, s) })
	t.Run("very slow", func(t *testing.T) { testVerySlow(t, s) })
	t.Run("broken", func(t *testing.T) { testBroken(t, s) })
	t.Run("restart", func(t *testing.T) { testRestart(t, s) })
}

func TestE2EPodman(t *testing.T) {
	require(t)
	s, d := podmanStage(t)
	t.Run("kinds", func(t *testing.T) { testPodmanKinds(t, s, d) })
	t.Run("burst", func(t *testing.T) { testBurst(t, s) })
	t.Run("slow", func(t *testing.T) { testSlow(t, s) })
	t.Run("very slow", func(t *testing.T) { testVerySlow(t, s) })
	t.Run("broken", func(t *testing.T) { testBroken(t, s) })
	t.Run("restart", func(t *testing.T) { testRestart(t, s) })
}

func TestE2EContainerd(t *testing.T) {
	require(t)
	s, c := containerdStage(t)
	t.Run("kinds", func(t *testing.T) { testPodKinds(t, s, c) })
	t.Run("burst", func(t *testing.T) { testBurst(t, s) })
	t.Run("slow", func(t *testing.T) { testSlow(t, s) })
	t.Run("very slow", func(t *testing.T) { testVerySlow(t, s) })
	t.Run("broken", func(t *testing.T) { testBroken(t, s) })
	t.Run("restart", func(t *testing.T) { testRestart(t, s) })
}

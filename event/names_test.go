package event

import "testing"

// Each view shows its own name where there is one, and is tried only then.
func TestNames(t *testing.T) {
	type want struct{ file, path string }
	link := Path{Name: "/tmp/l", Real: "/etc/x"}
	tests := []struct {
		what  string
		event Event
		want  [3]want // by Names
		shows [3]bool
	}{
		{"one name", Event{HasFD: true, FD: FD{Type: FDFile, Name: "/a", RealName: "/a"}, Paths: [2]Path{{Name: "/p"}}},
			[3]want{{"/a", "/p"}, {"/a", "/p"}, {"/a", "/p"}}, [3]bool{true, false, false}},
		{"three names", Event{HasFD: true, FD: FD{Type: FDFile, Name: "/a", RealName: "/b", Watched: "/c"}},
			[3]want{{"/a", ""}, {"/b", ""}, {"/c", ""}}, [3]bool{true, true, true}},
		{"a hard link", Event{HasFD: true, FD: FD{Type: FDFile, Name: "/a", RealName: "/a", Watched: "/c"}},
			[3]want{{"/a", ""}, {"/a", ""}, {"/c", ""}}, [3]bool{true, false, true}},
		{"watched, the kernel's name not known", Event{HasFD: true, FD: FD{Type: FDFile, Name: "/a", Watched: "/c"}},
			[3]want{{"/a", ""}, {"/a", ""}, {"/c", ""}}, [3]bool{true, false, true}},
		{"a path by a symlink", Event{Paths: [2]Path{link}},
			[3]want{{"", "/tmp/l"}, {"", "/etc/x"}, {"", "/etc/x"}}, [3]bool{true, true, false}},
		{"the second path only", Event{Paths: [2]Path{{Name: "/p", Real: "/p"}, link}},
			[3]want{{"", "/p"}, {"", "/p"}, {"", "/p"}}, [3]bool{true, true, false}},
		{"no descriptor", Event{FD: FD{Name: "/a", RealName: "/b", Watched: "/c"}},
			[3]want{}, [3]bool{true, false, false}},
		{"a connection", Event{HasFD: true, FD: FD{Type: FDIPv4, Name: "/a", Socket: Socket{Local: addr("10.0.0.1:1"), Remote: addr("10.0.0.2:2")}}},
			[3]want{{"10.0.0.1:1->10.0.0.2:2", ""}, {"10.0.0.1:1->10.0.0.2:2", ""}, {"10.0.0.1:1->10.0.0.2:2", ""}}, [3]bool{true, false, false}},
	}
	for _, tt := range tests {
		for names := GivenNames; names <= WatchedNames; names++ {
			e := &tt.event
			e.Names = names
			if got := (want{e.FileName(), e.PathName(0)}); got != tt.want[names] {
				t.Errorf("%s, names %d: %+v, want %+v", tt.what, names, got, tt.want[names])
			}
			if got := e.Shows(names); got != tt.shows[names] {
				t.Errorf("%s: names %d are tried: %v, want %v", tt.what, names, got, tt.shows[names])
			}
		}
	}
}

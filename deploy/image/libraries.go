package main

import (
	"bytes"
	"debug/elf"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

// machines are the processors of Debian's architectures.
func machine(arch string) (elf.Machine, error) {
	switch arch {
	case "amd64":
		return elf.EM_X86_64, nil
	case "arm64":
		return elf.EM_AARCH64, nil
	}
	return elf.EM_NONE, fmt.Errorf("architecture %q: an image is built for amd64 or arm64", arch)
}

// checkProgram tells whether Gyr's program can run in the image.
func checkProgram(file, arch string) error {
	want, err := machine(arch)
	if err != nil {
		return err
	}
	f, err := elf.Open(file)
	if err != nil {
		return fmt.Errorf("the program for the image: %w: make build makes it", err)
	}
	defer f.Close()
	if f.Machine != want {
		return fmt.Errorf("%s is built for %s, the image is for %s: GOARCH=%s make build", file, f.Machine, arch, arch)
	}
	if libraries, err := f.ImportedLibraries(); err != nil || len(libraries) > 0 {
		return fmt.Errorf("%s is not static (it needs %s): build it with CGO_ENABLED=0", file, strings.Join(libraries, ", "))
	}
	return nil
}

// checkLibraries fails where a program in the root needs a library that is not
// there: the list of packages is written by hand, and another release of Debian
// may need more.
func (r *root) checkLibraries() error {
	present := map[string]bool{}
	for name := range r.entries {
		if strings.HasPrefix(name, "usr/lib") {
			present[path.Base(name)] = true
		}
	}
	var missing []string
	for _, name := range slices.Sorted(maps.Keys(r.entries)) {
		e := r.entries[name]
		if !bytes.HasPrefix(e.content, []byte(elf.ELFMAG)) {
			continue
		}
		f, err := elf.NewFile(bytes.NewReader(e.content))
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		libraries, err := f.ImportedLibraries()
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		for _, library := range libraries {
			if !present[library] {
				missing = append(missing, fmt.Sprintf("%s (for /%s)", library, name))
			}
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("libraries are missing: %s: add their packages to the list in fetch.go", strings.Join(missing, ", "))
	}
	return nil
}

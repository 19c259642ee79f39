// Package dns tells by what names programs know the IP addresses they talk to:
// the values of fd.cip.name, fd.sip.name, fd.lip.name and fd.rip.name.
//
// [Names] puts together what three ways of learning them found out:
//
//   - DNS answers that processes received, read from the data of socket events
//     (Names.Observe) and kept for each container by itself in a [Cache];
//   - the names that loaded rules mention, resolved in the background by a
//     [Resolver];
//   - the service of the Kubernetes API, whose address every pod is told in the
//     environment.
//
// Nothing here waits for the network while an event is judged: names are looked
// up in memory, without allocating. docs/names.md tells users what to expect.
//
// The message parser is the package's own. It reads the little of a response
// that is needed, takes messages that end early because only their beginning
// was captured, and saves a dependency for it.
package dns

// Package alert makes alerts of matched events and renders them, as one line of
// text or one JSON object, in the form Falco's users and their tools know.
//
// A [Formatter] is made once per rule; its Make copies everything an alert
// needs out of the event, so that an [Alert] may be queued and kept after the
// event is gone.
//
// Values come from the monitored processes, which may be hostile: a file name
// may hold a line break or a terminal's control sequence. Nothing in a value
// can end a line, forge another alert or make the JSON invalid: control
// characters and those that are unseen or turn the direction of writing are
// escaped, and bytes that are no UTF-8 become U+FFFD. What a value means
// within the line of text is not protected: a file may be called "x user=bob".
// The JSON object has each value by itself.
package alert

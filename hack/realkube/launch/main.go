// realkube starts etcd, kube-apiserver and kube-controller-manager on loopback, with throw-away certificates and no container engine, and does to them what tests
// need: kill -9, restart, compaction, new certificates. State lives in files below one folder; between calls nothing of this program runs.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const usage = `usage: realkube COMMAND [--dir D] [flags]
  up                  start a server (or find it running) and print the path of its kubeconfig as the last line
  down                stop it and remove its folder; --all: every server below the default folder
  kill9               kill -9 kube-apiserver, and return when it is gone
  restart-apiserver   start kube-apiserver on the port that it had, ending it politely first where it runs
  compact             compact etcd up to now, and print the revision
  rotate              give kube-apiserver a new serving certificate of the same CA; it reads it by itself
  user NAME           print the path of a kubeconfig for NAME; --group G (may be repeated), --valid 1h
  list                the servers below the default folder
  webhook NS/SERVICE  answer admission and conversion reviews at the ClusterIPs of these Services until ended; --deny TEXT refuses
  stand-in            play what a cluster would run, until ended: webhooks answer, their CA is injected, Deployments and Certificates become ready
  snapshot            print the objects of any server, without what it made up itself: --kubeconfig F, --selector L, --without PREFIX, --output lines|pretty|names
  requests            print how many requests a server has answered, by verb: --kubeconfig F, or of some programs alone: --user-agent PREFIX
Flags of every command: --dir D (default .cache/realkube/run/NAME), --name NAME (default "default").
`

type command struct {
	run  func(options, io.Writer) error
	args int // after the flags; -1: one or more
}

var commands = map[string]command{
	"up": {up, 0}, "down": {down, 0}, "kill9": {kill9, 0}, "restart-apiserver": {restart, 0},
	"compact": {compact, 0}, "rotate": {rotate, 0}, "user": {user, 1}, "list": {list, 0},
	"webhook": {webhook, -1}, "stand-in": {standIn, 0}, "snapshot": {snapshot, 0}, "requests": {requests, 0},
}

type options struct {
	dir, name, bin, run string
	settings            settings
	wait, valid         time.Duration
	groups              words
	args                []string
	all, keep           bool
	deny                string
	kubeconfig          string
	selector, output    string
	without             string
	userAgent           string
}

type words []string

func (w *words) String() string { return strings.Join(*w, ",") }
func (w *words) Set(value string) error {
	*w = append(*w, value)
	return nil
}

func main() {
	if err := dispatch(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "realkube:", err)
		os.Exit(1)
	}
}

func dispatch(args []string, out io.Writer) error {
	if len(args) == 0 || args[0] == "-h" || args[0] == "--help" || args[0] == "help" {
		fmt.Fprint(out, usage)
		return nil
	}
	chosen, known := commands[args[0]]
	if !known {
		return fmt.Errorf("no command %q\n%s", args[0], usage)
	}
	o, err := parse(args[0], args[1:])
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	if err != nil {
		return err
	}
	if len(o.args) != chosen.args && (chosen.args != -1 || len(o.args) == 0) {
		return fmt.Errorf("%s takes %s beside its flags, not %q", args[0], map[int]string{-1: "arguments", 0: "no argument", 1: "one argument"}[chosen.args], o.args)
	}
	return chosen.run(o, out)
}

// The executable stands in .cache/realkube/bin; servers go to .cache/realkube/run.
func parse(name string, args []string) (options, error) {
	self, err := os.Executable()
	if err != nil {
		return options{}, err
	}
	o := options{bin: filepath.Dir(self)}
	o.run = filepath.Join(filepath.Dir(o.bin), "run")
	set := flag.NewFlagSet(name, flag.ContinueOnError)
	set.StringVar(&o.dir, "dir", "", "the server's folder")
	set.StringVar(&o.name, "name", "default", "the server's name, where --dir is not given; also the name of its context")
	set.DurationVar(&o.wait, "wait", 3*time.Minute, "how long to wait for readiness")
	s := &o.settings
	switch name {
	case "up":
		set.IntVar(&s.Port, "port", 0, "of kube-apiserver; 0: any free one")
		set.BoolVar(&s.NoControllerManager, "no-controller-manager", false, "no garbage collection, no namespace deletion, no service accounts")
		set.StringVar(&s.TokenFile, "token-file", "", "CSV of static tokens: token,user,uid,\"group,group\"")
		set.StringVar(&s.WatchCache, "watch-cache", "", "false: watches and lists read etcd")
		set.StringVar(&s.CompactionInterval, "etcd-compaction-interval", "", "how often kube-apiserver compacts etcd; 0: never")
		set.Var(&s.Extra, "apiserver-flag", "a flag for kube-apiserver, such as --apiserver-flag=--v=4; may be repeated")
		set.BoolVar(&s.Audit, "audit", false, "keep logs/audit.log: who asked what, without bodies")
		set.BoolVar(&s.Fsync, "fsync", false, "etcd writes through to the disk")
	case "down":
		set.BoolVar(&o.all, "all", false, "every server below "+o.run)
		set.BoolVar(&o.keep, "keep", false, "leave the folder with its logs")
	case "user":
		set.Var(&o.groups, "group", "a group of the user; may be repeated")
		set.DurationVar(&o.valid, "valid", 24*time.Hour, "how long the certificate holds")
	case "webhook":
		set.StringVar(&o.deny, "deny", "", "refuse every admission review with this text")
	case "snapshot":
		set.StringVar(&o.without, "without", "", "labels and annotations that begin with this are left out")
		set.StringVar(&o.selector, "selector", "clusterctl.cluster.x-k8s.io", "a label selector; empty: all objects")
		set.StringVar(&o.output, "output", "lines", "lines: an object a line; pretty: a field a line; names: apiVersion, kind, namespace, name")
	}
	if name == "requests" {
		set.StringVar(&o.userAgent, "user-agent", "", "only what programs asked whose user agent starts so, of the server in --dir, started with --audit")
	}
	if name == "snapshot" || name == "requests" {
		set.StringVar(&o.kubeconfig, "kubeconfig", os.Getenv("KUBECONFIG"), "of the server; certificates and keys must be in it, not in files that it names")
	}
	if err := set.Parse(args); err != nil {
		return o, err
	}
	o.args = set.Args()
	if name == "user" && len(o.args) > 1 { // flags may also follow the name
		rest := o.args[1:]
		o.args = o.args[:1]
		if err := set.Parse(rest); err != nil {
			return o, err
		}
		o.args = append(o.args, set.Args()...)
	}
	if o.dir == "" {
		o.dir = filepath.Join(o.run, o.name)
	}
	o.dir, err = filepath.Abs(o.dir)
	return o, err
}

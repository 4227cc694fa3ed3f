// Command compose-config prints a compose project as one JSON object: loaded, interpolated, merged, extends
// and includes resolved, x- extensions kept. It reads the given files, the .env beside the first of them (or
// --env-file), what those name, and the process environment; it never uses the network.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/sirupsen/logrus"
	"go.yaml.in/yaml/v4"
)

// version is stamped by the build; it is compose-go's.
var version = "unknown"

type list []string

func (l *list) String() string         { return fmt.Sprint(*l) }
func (l *list) Set(value string) error { *l = append(*l, value); return nil }

type request struct {
	name          string
	profiles      list
	envFiles      list
	secretContent bool
	files         []string
}

func main() {
	logrus.SetFormatter(&logrus.JSONFormatter{
		DisableTimestamp: true,
		FieldMap:         logrus.FieldMap{logrus.FieldKeyMsg: "message"},
	})
	logrus.SetOutput(os.Stderr)
	output, err := run(os.Args[1:])
	if err != nil {
		fail(err)
	}
	if _, err := os.Stdout.Write(append(output, '\n')); err != nil {
		fail(err)
	}
}

func fail(err error) {
	text, _ := json.Marshal(map[string]string{"message": err.Error()})
	fmt.Fprintln(os.Stderr, string(text))
	os.Exit(2)
}

// run turns a panic of the parser into an error: the input is somebody's file.
func run(arguments []string) (output []byte, err error) {
	defer func() {
		if caught := recover(); caught != nil {
			output, err = nil, fmt.Errorf("the compose parser broke down on this file: %v", caught)
		}
	}()
	asked, err := parse(arguments)
	if err != nil {
		return nil, err
	}
	if asked == nil {
		return []byte(version), nil
	}
	project, err := load(asked)
	if err != nil {
		return nil, err
	}
	return marshal(project, asked.secretContent)
}

func parse(arguments []string) (*request, error) {
	asked := &request{}
	flags := flag.NewFlagSet("compose-config", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&asked.name, "project-name", "", "name of the project")
	flags.Var(&asked.profiles, "profile", "profile to enable; may be repeated")
	flags.Var(&asked.envFiles, "env-file", "file of variables for interpolation; may be repeated")
	flags.BoolVar(&asked.secretContent, "secret-content", false, "print the values of secrets from the environment")
	printVersion := flags.Bool("version", false, "print the version of the parser")
	if err := flags.Parse(arguments); err != nil {
		return nil, err
	}
	if *printVersion {
		return nil, nil
	}
	asked.files = flags.Args()
	if asked.name == "" || len(asked.files) == 0 {
		return nil, errors.New("usage: compose-config --project-name N [--profile P]... [--env-file F]... FILE...")
	}
	return asked, nil
}

func load(asked *request) (*types.Project, error) {
	first, err := filepath.Abs(asked.files[0])
	if err != nil {
		return nil, err
	}
	options, err := cli.NewProjectOptions(
		asked.files,
		cli.WithWorkingDirectory(filepath.Dir(first)),
		cli.WithName(asked.name),
		cli.WithOsEnv,
		cli.WithEnvFiles(asked.envFiles...),
		cli.WithDotEnv,
		cli.WithProfiles(asked.profiles),
		cli.WithInterpolation(true),
		cli.WithResolvedPaths(true),
	)
	if err != nil {
		return nil, err
	}
	return options.LoadProject(context.Background())
}

// marshal goes through YAML because only that keeps the extensions of services, volumes and the rest.
func marshal(project *types.Project, secretContent bool) ([]byte, error) {
	var text []byte
	var err error
	if secretContent {
		text, err = project.MarshalYAML(types.WithSecretContent)
	} else {
		text, err = project.MarshalYAML()
	}
	if err != nil {
		return nil, err
	}
	var model map[string]any
	if err := yaml.Unmarshal(text, &model); err != nil {
		return nil, err
	}
	return json.Marshal(model)
}

package main

import (
	"fmt"
	"html"
	"strings"
	"time"
)

// bar is one of a panel.
type bar struct {
	label string
	took  time.Duration
	ours  bool
}

// panel is a group of bars on a scale of its own.
type panel struct {
	title string
	bars  []bar
}

// panels are what the plot shows: 1,000 of each in Terraform, and reading.
func (b *bench) panels() []panel {
	var list []panel
	add := func(p panel) {
		if len(p.bars) > 1 {
			list = append(list, p)
		}
	}
	for _, step := range []string{"plan", "apply", "destroy"} {
		p := panel{title: step + " of 1,000, nothing to change"}
		if step != "plan" {
			p.title = step + " of 1,000"
		}
		for _, subject := range []string{"terraform_data", "random_id", ourResource} {
			if samples := b.of("Terraform", subject, 1000, step); len(samples) > 0 {
				p.bars = append(p.bars, bar{subject, median(samples, wall), subject == ourResource})
			}
		}
		add(p)
	}
	for _, title := range b.order {
		if title == "cold start, PEM file" || title == "cold start, PEM text" {
			continue // shown in the table
		}
		p := panel{title: title}
		for _, who := range clientNames {
			if times := b.times[timeKey{title, who}]; len(times) > 0 {
				p.bars = append(p.bars, bar{who, median(times, itself), median(times, itself) == b.ourTime(title)})
			}
		}
		add(p)
	}
	return list
}

// Measures of the plot, in pixels.
const (
	plotWidth  = 760
	labelWidth = 160
	barHeight  = 16
	barStep    = 22
	panelGap   = 40
	barSpace   = plotWidth - labelWidth - 90 // room for the seconds at its end
)

// plot draws the panels, one below the other. It has a background of its own, so
// that it is readable on a dark page.
func (b *bench) plot() string {
	var body strings.Builder
	y := 20
	for _, p := range b.panels() {
		fmt.Fprintf(&body, `<text x="10" y="%d" font-weight="bold">%s</text>`+"\n", y+4, html.EscapeString(p.title))
		y += 14
		longest := time.Duration(1)
		for _, one := range p.bars {
			longest = max(longest, one.took)
		}
		for _, one := range p.bars {
			colour := "#9aa5b1"
			if one.ours {
				colour = "#c8102e"
			}
			width := int(float64(barSpace) * one.took.Seconds() / longest.Seconds())
			fmt.Fprintf(&body, `<text x="%d" y="%d" text-anchor="end">%s</text>`+"\n", labelWidth-8, y+12, html.EscapeString(one.label))
			fmt.Fprintf(&body, `<rect x="%d" y="%d" width="%d" height="%d" fill="%s"/>`+"\n", labelWidth, y, max(width, 1), barHeight, colour)
			fmt.Fprintf(&body, `<text x="%d" y="%d">%s</text>`+"\n", labelWidth+width+6, y+12, seconds(one.took))
			y += barStep
		}
		y += panelGap - barStep
	}
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%[1]d" height="%[2]d" viewBox="0 0 %[1]d %[2]d" font-family="sans-serif" font-size="13" role="img" aria-label="Seconds that each takes; the table beside this plot has them too">
<rect width="%[1]d" height="%[2]d" fill="#ffffff"/>
%[3]s</svg>
`, plotWidth, y, body.String())
}

package dev.secretproviders.app.cli.check;

import dev.secretproviders.app.cli.check.Item.Status;
import dev.secretproviders.app.cli.output.Output;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;

/**
 * The report in the XML of JUnit, as GitLab, GitHub's actions and Jenkins read it: a suite for each file, and a case for
 * each place. An error is a failure. What is not checked is skipped.
 */
final class JUnitXml {
    private final XMLStreamWriter xml;

    private JUnitXml(XMLStreamWriter xml) {
        this.xml = xml;
    }

    static String of(Report report) {
        StringWriter out = new StringWriter();
        try {
            JUnitXml writer = new JUnitXml(XMLOutputFactory.newDefaultFactory().createXMLStreamWriter(out));
            writer.write(report);
        } catch (XMLStreamException e) {
            throw new IllegalStateException("a text in memory is written", e);
        }
        return out.append('\n').toString();
    }

    private void write(Report report) throws XMLStreamException {
        xml.writeStartDocument("UTF-8", "1.0");
        xml.writeStartElement("testsuites");
        xml.writeAttribute("name", "secret-providers check");
        for (Map.Entry<String, List<Item>> source : report.bySource().entrySet()) {
            Report suite = new Report(source.getValue(), report.fetched());
            xml.writeStartElement("testsuite");
            attribute("name", source.getKey());
            attribute("tests", Integer.toString(suite.items().size()));
            attribute("failures", Long.toString(suite.count(Status.ERROR)));
            attribute("skipped", Long.toString(suite.count(Status.UNCHECKED)));
            for (Item item : suite.items()) {
                write(item);
            }
            xml.writeEndElement();
        }
        xml.writeEndElement();
        xml.writeEndDocument();
        xml.flush();
    }

    private void write(Item item) throws XMLStreamException {
        xml.writeStartElement("testcase");
        attribute("classname", item.place().source());
        attribute("name", item.place().object() + ", " + item.place().field());
        attribute("file", item.place().source());
        if (item.place().line() > 0) {
            attribute("line", Integer.toString(item.place().line()));
        }
        String text = item.place().position() + ": " + Report.text(item);
        switch (item.status()) {
            case OK -> {}
            case ERROR -> said("failure", item.message(), text);
            case UNCHECKED -> said("skipped", item.message(), "");
            case WARNING -> {
                xml.writeStartElement("system-out");
                xml.writeCharacters(Output.plain("warning: " + text));
                xml.writeEndElement();
            }
        }
        xml.writeEndElement();
    }

    private void said(String element, String message, String text) throws XMLStreamException {
        xml.writeStartElement(element);
        attribute("message", message);
        xml.writeCharacters(Output.plain(text));
        xml.writeEndElement();
    }

    /** A control character would make the file unreadable. */
    private void attribute(String name, String value) throws XMLStreamException {
        xml.writeAttribute(name, Output.plain(value));
    }
}

package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringReader;
import java.util.Arrays;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.xml.sax.InputSource;

class SoakPlotTest {
    @Test
    void everyPanelHasItsLineWithinTheDrawingAndTextIsEscaped() throws Exception {
        List<Double> minutes = List.of(0.0, 5.0, 10.0);
        String svg = SoakPlot.draw(
                "heap & more <1>",
                10,
                2,
                List.of(new SoakPlot.Shade(3, 4)),
                List.of(
                        new SoakPlot.Panel("live heap, MB", minutes, List.of(60.0, 65.5, 61.0)),
                        new SoakPlot.Panel("wrong decisions", minutes, List.of(0.0, 0.0, 0.0))));

        Document document =
                DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new InputSource(new StringReader(svg)));
        double height = Double.parseDouble(document.getDocumentElement().getAttribute("height"));
        assertThat(document.getElementsByTagName("polyline").getLength()).isEqualTo(2);
        for (int i = 0; i < 2; i++) {
            Element line = (Element) document.getElementsByTagName("polyline").item(i);
            List<String> points = Arrays.asList(line.getAttribute("points").split(" ", -1));
            assertThat(points).hasSize(minutes.size());
            assertThat(points).allSatisfy(point -> {
                String[] place = point.split(",", -1);
                assertThat(Double.parseDouble(place[0])).isBetween(0.0, 840.0);
                assertThat(Double.parseDouble(place[1])).isBetween(0.0, height);
            });
        }
        assertThat(document.getElementsByTagName("text").item(0).getTextContent())
                .isEqualTo("heap & more <1>");
    }
}

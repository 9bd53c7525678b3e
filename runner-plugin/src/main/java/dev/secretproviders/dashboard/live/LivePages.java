package dev.secretproviders.dashboard.live;

import dev.secretproviders.dashboard.page.PageException;
import dev.secretproviders.dashboard.page.Visit;
import dev.secretproviders.dashboard.session.Session;
import dev.secretproviders.dashboard.session.Sessions;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/**
 * Tells a page which topics changed. An event has the name of the topic and no data: the page then reads what it shows again,
 * with the rights of its reader. Each stream has a virtual thread, and their number is bounded. A stream ends with its
 * session, and does not keep its session alive.
 */
@Controller
class LivePages {
    static final int MOST_STREAMS = 100;

    private static final Duration LOOK = Duration.ofMillis(500);
    private static final long SHORTEST_PAUSE = Duration.ofSeconds(2).toNanos();
    private static final long SAY_SOMETHING_EVERY = Duration.ofSeconds(15).toNanos();

    private final LiveTopics topics;
    private final Sessions sessions;
    private final Semaphore streams = new Semaphore(MOST_STREAMS);

    LivePages(LiveTopics topics, Sessions sessions) {
        this.topics = topics;
        this.sessions = sessions;
    }

    @GetMapping(path = "/live", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
    SseEmitter live(@RequestParam(name = "topics", defaultValue = "") String wanted, Visit visit) {
        Set<Topic> chosen = EnumSet.noneOf(Topic.class);
        for (Topic topic : Topic.values()) {
            if (Arrays.asList(wanted.split(",", -1)).contains(topic.text())) {
                chosen.add(topic);
            }
        }
        if (chosen.isEmpty()) {
            throw new PageException(400, "topics: name at least one topic that is known");
        }
        if (!streams.tryAcquire()) {
            throw new PageException(503, "Too many pages are open. This page does not update by itself.");
        }
        SseEmitter emitter = new SseEmitter(0L);
        Thread.ofVirtual().name("dashboard-live").start(() -> {
            try {
                new Stream(emitter, chosen, visit.session()).run();
            } finally {
                streams.release();
            }
        });
        return emitter;
    }

    /** What one page was told. */
    private final class Stream {
        private final SseEmitter emitter;
        private final Session session;
        private final Map<Topic, Long> told = new EnumMap<>(Topic.class);
        private final Map<Topic, Long> toldAt = new EnumMap<>(Topic.class);
        private long lastSaid = System.nanoTime();
        private volatile boolean open = true;

        Stream(SseEmitter emitter, Set<Topic> chosen, Session session) {
            this.emitter = emitter;
            this.session = session;
            chosen.forEach(topic -> {
                told.put(topic, topics.count(topic));
                toldAt.put(topic, System.nanoTime());
            });
            emitter.onCompletion(() -> open = false);
            emitter.onError(_ -> open = false);
        }

        void run() {
            try {
                emitter.send(SseEmitter.event().comment("open").reconnectTime(5_000));
                while (open) {
                    Thread.sleep(LOOK);
                    if (!sessions.lasts(session)) {
                        emitter.send(SseEmitter.event().name("ended").data(""));
                        break;
                    }
                    look(System.nanoTime());
                }
                emitter.complete();
            } catch (IOException | IllegalStateException e) {
                // The browser has closed the page.
                emitter.complete();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        private void look(long now) throws IOException {
            for (Map.Entry<Topic, Long> entry : told.entrySet()) {
                Topic topic = entry.getKey();
                long count = topics.count(topic);
                long pause = now - toldAt.getOrDefault(topic, now);
                boolean changed = count != entry.getValue() && pause >= SHORTEST_PAUSE;
                if (changed || pause >= topic.atLeastEvery().toNanos()) {
                    emitter.send(SseEmitter.event().name(topic.text()).data(""));
                    entry.setValue(count);
                    toldAt.put(topic, now);
                    lastSaid = now;
                }
            }
            if (now - lastSaid >= SAY_SOMETHING_EVERY) {
                emitter.send(SseEmitter.event().comment(""));
                lastSaid = now;
            }
        }
    }
}

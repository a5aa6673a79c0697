package dev.stsw;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/// Does the same with each of many, on as many threads as there are cores.
final class Parallel {
    private Parallel() {}

    /// What one thread does with one of them.
    @FunctionalInterface
    interface Work<T> {
        /// Does it; `worker` is the number of the thread.
        void on(T item, int worker) throws Exception;
    }

    static <T> void each(List<T> items, Work<T> work) throws Exception {
        int workers = Math.min(Runtime.getRuntime().availableProcessors(), 8);
        AtomicInteger next = new AtomicInteger();
        try (ExecutorService pool = Executors.newFixedThreadPool(workers)) {
            List<Future<?>> threads = new ArrayList<>();
            for (int w = 0; w < workers; w++) {
                int worker = w;
                threads.add(pool.submit(() -> {
                    for (int i = next.getAndIncrement(); i < items.size(); i = next.getAndIncrement()) {
                        try {
                            work.on(items.get(i), worker);
                        } catch (AssertionError e) {
                            throw new AssertionError(items.get(i).toString(), e);
                        }
                    }
                    return null;
                }));
            }
            for (Future<?> thread : threads) {
                thread.get();
            }
        }
    }
}

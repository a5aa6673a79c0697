package dev.stsw.torch;

import java.util.List;
import java.util.Locale;
import java.util.Set;

/** What people call the model in what they save, and the order in which one of several such names is taken. */
final class ModelNames {
    /** No name of a model. */
    static final int NONE = Integer.MAX_VALUE;

    /**
     * The first that holds tensors is taken. Averaged weights come before the others where every loader prefers them
     * (BasicSR, StyleGAN); elsewhere they only stand in for a model that is empty (YOLO).
     */
    private static final List<Set<String>> ORDER = List.of(
            Set.of("modelstatedict", "modelstate", "statedictmodel", "modeldict"),
            Set.of("statedict", "statedicts"),
            Set.of("model", "modelweights", "modelparams", "modelparameters"),
            Set.of("module", "modulestatedict"),
            Set.of("net", "netstatedict", "netstate", "netdict", "netparams", "netweights"),
            Set.of("network", "networkstatedict", "networkstate", "networkparams", "networkweights"),
            Set.of("gema", "generatorema", "emagenerator", "emag", "netgema", "genema"),
            Set.of("generator", "generatorstatedict", "generatorstate", "statedictgenerator"),
            Set.of("netg", "netgstatedict", "gen", "genstatedict", "modelg", "modelgstatedict"),
            Set.of("g", "gstatedict", "statedictg"),
            Set.of("weight", "weights"),
            Set.of("paramsema"),
            Set.of("params", "parameters"),
            Set.of("ema", "emastatedict", "statedictema", "emastate"),
            Set.of("modelema", "emamodel", "modelemastatedict", "emamodelstatedict", "modelstatedictema"),
            Set.of("emanet", "netema", "emanetwork", "emaparams", "emaweights"),
            Set.of("state"));

    /** Up to this rank a name says that what it holds is all of the model, even inside of another one. */
    private static final int STATE_DICT = 1;

    private ModelNames() {}

    /** As people write them: {@code Model_State_Dict}, {@code modelStateDict} and {@code model-state-dict} are one. */
    static String plain(String name) {
        StringBuilder letters = new StringBuilder(name.length());
        name.codePoints().filter(Character::isLetterOrDigit).forEach(letters::appendCodePoint);
        return letters.toString().toLowerCase(Locale.ROOT);
    }

    /** Place in the order, from 0; {@link #NONE} for any other name. */
    static int rank(String name) {
        String plain = plain(name);
        for (int rank = 0; rank < ORDER.size(); rank++) {
            if (ORDER.get(rank).contains(plain)) {
                return rank;
            }
        }
        return NONE;
    }

    static boolean isStateDict(String name) {
        return rank(name) <= STATE_DICT;
    }
}

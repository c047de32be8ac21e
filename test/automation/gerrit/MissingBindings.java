import com.google.gerrit.extensions.registration.DynamicItem;
import com.google.gerrit.extensions.registration.DynamicMap;
import com.google.gerrit.extensions.registration.DynamicSet;
import com.google.gerrit.server.plugincontext.PluginSetContext;
import com.google.inject.Binder;
import com.google.inject.Binding;
import com.google.inject.CreationException;
import com.google.inject.Injector;
import com.google.inject.Key;
import com.google.inject.Module;
import com.google.inject.Provider;
import com.google.inject.Scopes;
import com.google.inject.TypeLiteral;
import com.google.inject.assistedinject.FactoryModuleBuilder;
import com.google.inject.spi.Elements;
import com.google.inject.spi.Message;
import com.google.inject.util.Types;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.zip.ZipFile;

/**
 * Binds what Gerrit's modules ask for and no module of the jar binds, by the conventions of Gerrit's source: extension
 * points are empty, {@code X.Factory} is an assisted factory, {@code @X} comes from {@code XProvider}, and the interface
 * {@code X} from {@code XImpl} or {@code DefaultX}.
 */
final class MissingBindings {
  private static final int MOST_ROUNDS = 60;

  private final Collection<String> classNames = new ArrayList<>();

  MissingBindings() throws Exception {
    var jar = new java.io.File(DynamicSet.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    try (var zip = new ZipFile(jar)) {
      zip.stream()
          .map(entry -> entry.getName())
          .filter(name -> name.startsWith("com/google/gerrit/") && name.endsWith(".class"))
          .forEach(name -> classNames.add(name.replace(".class", "").replace('/', '.')));
    }
  }

  /** Every cache of the server declares itself by a static method {@code module()}. */
  List<Module> cacheModules() throws Exception {
    var modules = new ArrayList<Module>();
    for (var name : classNames) {
      if (!name.startsWith("com.google.gerrit.server.") || !name.matches(".*Cache(Impl)?|.*Loader|.*Evaluator.*")) continue;
      try {
        var method = Class.forName(name).getDeclaredMethod("module");
        if (!Modifier.isStatic(method.getModifiers()) || name.contains("NoSsh") || name.contains("Disabled") || name.contains("AccountCacheImpl") || name.contains("ChangeNotesCache")) continue;
        method.setAccessible(true);
        modules.add((Module) method.invoke(null));
      } catch (NoSuchMethodException none) {
        continue;
      }
    }
    return modules;
  }

  /**
   * A set for every extension point that a class of the server asks for and none of the modules declares. Without one Guice
   * makes a new empty set for everybody who asks, and listeners are never found.
   */
  Module extensionPoints(List<Module> modules) {
    var declared = Elements.getElements(modules).stream()
        .filter(element -> element instanceof Binding)
        .map(element -> ((Binding<?>) element).getKey())
        .collect(Collectors.toSet());
    var types = new LinkedHashSet<Type>();
    for (var name : classNames) types.addAll(membersOfSets(name));
    // Those of the SSH and web servers are declared by their own modules.
    types.removeIf(type -> type.getTypeName().matches("com\\.google\\.gerrit\\.(sshd|httpd)\\..*"));
    return binder -> {
      for (var type : types) {
        if (declared.contains(Key.get(Types.newParameterizedType(DynamicSet.class, type)))) continue;
        DynamicSet.setOf(binder, TypeLiteral.get(type));
      }
    };
  }

  private static List<Type> membersOfSets(String className) {
    try {
      var type = Class.forName(className, false, MissingBindings.class.getClassLoader());
      var asked = Stream.concat(
          Arrays.stream(type.getDeclaredConstructors()).flatMap(constructor -> Arrays.stream(constructor.getGenericParameterTypes())),
          Arrays.stream(type.getDeclaredFields()).map(field -> field.getGenericType()));
      return asked.map(MissingBindings::memberOfSet).filter(Objects::nonNull).toList();
    } catch (ReflectiveOperationException | LinkageError | TypeNotPresentException needsWhatIsNotThere) {
      return List.of();
    }
  }

  /** {@code T} of {@code DynamicSet<T>} and {@code PluginSetContext<T>}. */
  private static Type memberOfSet(Type type) {
    if (!(type instanceof ParameterizedType set)) return null;
    if (set.getRawType() != DynamicSet.class && set.getRawType() != PluginSetContext.class) return null;
    var member = set.getActualTypeArguments()[0];
    return member instanceof Class<?> || member instanceof ParameterizedType ? member : null;
  }

  /** Asks for what is missing until nothing is. */
  Injector complete(Injector parent, List<Module> modules) {
    var keys = new LinkedHashSet<Key<?>>();
    for (int round = 0; round < MOST_ROUNDS; round += 1) {
      var all = new ArrayList<>(modules);
      all.add(found(keys));
      try {
        return parent.createChildInjector(all);
      } catch (CreationException failure) {
        if (!addMissing(keys, failure.getErrorMessages())) throw failure;
      }
    }
    throw new IllegalStateException("Gerrit asks for ever more: " + keys);
  }

  private static boolean addMissing(Set<Key<?>> keys, Collection<Message> messages) {
    var before = keys.size();
    for (var message : messages) missingKey(message).ifPresent(keys::add);
    return keys.size() > before;
  }

  private static java.util.Optional<Key<?>> missingKey(Message message) {
    try {
      var detail = Message.class.getDeclaredField("errorDetail");
      detail.setAccessible(true);
      var key = detail.get(message).getClass().getDeclaredField("key");
      key.setAccessible(true);
      return java.util.Optional.of((Key<?>) key.get(detail.get(message)));
    } catch (ReflectiveOperationException otherKind) {
      return java.util.Optional.empty();
    }
  }

  private Module found(Set<Key<?>> keys) {
    return binder -> keys.forEach(key -> bindByConvention(binder, key));
  }

  @SuppressWarnings({"unchecked", "rawtypes"})
  private void bindByConvention(Binder binder, Key key) {
    var raw = key.getTypeLiteral().getRawType();
    if (raw == DynamicSet.class) DynamicSet.setOf(binder, argument(key));
    else if (raw == DynamicMap.class) DynamicMap.mapOf(binder, argument(key));
    else if (raw == DynamicItem.class) DynamicItem.itemOf(binder, argument(key));
    else if (key.getAnnotationType() == null && raw.getSimpleName().endsWith("Factory") && raw.isMemberClass())
      binder.install(new FactoryModuleBuilder().build(key));
    else if (key.getAnnotationType() != null)
      binder.bind(key).toProvider(named(key.getAnnotationType().getSimpleName() + "Provider", Provider.class)).in(Scopes.SINGLETON);
    else {
      var implementation = implementationOf(raw);
      if (Provider.class.isAssignableFrom(implementation)) binder.bind(key).toProvider(implementation).in(Scopes.SINGLETON);
      else binder.bind(key).to(implementation);
    }
  }

  private static TypeLiteral<?> argument(Key<?> key) {
    return TypeLiteral.get(((ParameterizedType) key.getTypeLiteral().getType()).getActualTypeArguments()[0]);
  }

  private Class<?> implementationOf(Class<?> type) {
    for (var name : List.of(type.getSimpleName() + "Impl", "Default" + type.getSimpleName(), type.getSimpleName() + "Provider")) {
      try {
        return named(name, Object.class);
      } catch (IllegalStateException none) {
        continue;
      }
    }
    throw new IllegalStateException("no convention gives " + type);
  }

  @SuppressWarnings({"unchecked", "rawtypes"})
  private Class named(String simpleName, Class<?> kind) {
    var found = classNames.stream().filter(name -> name.endsWith("." + simpleName)).findFirst();
    try {
      return Class.forName(found.orElseThrow(() -> new IllegalStateException("no class " + simpleName)));
    } catch (ClassNotFoundException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}

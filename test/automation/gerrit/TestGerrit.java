import com.google.common.cache.Cache;
import com.google.common.cache.CacheLoader;
import com.google.common.cache.LoadingCache;
import com.google.gerrit.extensions.api.projects.CommentLinkInfo;
import com.google.gerrit.extensions.common.AccountDefaultDisplayName;
import com.google.gerrit.extensions.common.AccountVisibility;
import com.google.gerrit.extensions.config.FactoryModule;
import com.google.gerrit.extensions.registration.DynamicItem;
import com.google.gerrit.extensions.registration.DynamicSet;
import com.google.gerrit.extensions.webui.WebUiPlugin;
import com.google.gerrit.gpg.GpgModule;
import com.google.gerrit.gpg.PublicKeyStore;
import com.google.gerrit.gpg.UnimplementedPublicKeyStoreProvider;
import com.google.gerrit.httpd.AllRequestFilter;
import com.google.gerrit.httpd.GerritAuthModule;
import com.google.gerrit.httpd.GetUserFilter.GetUserFilterModule;
import com.google.gerrit.httpd.GitOverHttpModule;
import com.google.gerrit.httpd.H2CacheBasedWebSession;
import com.google.gerrit.httpd.HttpCanonicalWebUrlProvider;
import com.google.gerrit.httpd.HttpdModule;
import com.google.gerrit.httpd.RequestCleanupFilter;
import com.google.gerrit.httpd.RequestContextFilter;
import com.google.gerrit.httpd.RequestMetricsFilter;
import com.google.gerrit.httpd.RequireSslFilter.RequireSslFilterModule;
import com.google.gerrit.httpd.SetThreadNameFilter;
import com.google.gerrit.httpd.WebModule;
import com.google.gerrit.httpd.WebSshGlueModule;
import com.google.gerrit.httpd.plugins.HttpPluginModule;
import com.google.gerrit.index.Index;
import com.google.gerrit.index.IndexDefinition;
import com.google.gerrit.lifecycle.LifecycleManager;
import com.google.gerrit.lifecycle.LifecycleModule;
import com.google.gerrit.lucene.LuceneIndexModule;
import com.google.gerrit.metrics.DisabledMetricMaker;
import com.google.gerrit.metrics.MetricMaker;
import com.google.gerrit.server.CmdLineParserModule;
import com.google.gerrit.server.DefaultRefLogIdentityProvider;
import com.google.gerrit.server.IdentifiedUser;
import com.google.gerrit.server.ServerInitiated;
import com.google.gerrit.server.StartupChecks.StartupChecksModule;
import com.google.gerrit.server.UserInitiated;
import com.google.gerrit.server.account.AccountCacheImpl;
import com.google.gerrit.server.account.AccountManager;
import com.google.gerrit.server.account.AccountModule;
import com.google.gerrit.server.account.AccountVisibilityProvider;
import com.google.gerrit.server.account.AccountsUpdate.AccountsUpdateLoader;
import com.google.gerrit.server.account.AccountsUpdate;
import com.google.gerrit.server.account.AuthRequest;
import com.google.gerrit.server.account.DefaultRealm;
import com.google.gerrit.server.account.GroupBackend;
import com.google.gerrit.server.account.InternalAccountDirectory.InternalAccountDirectoryModule;
import com.google.gerrit.server.account.Realm;
import com.google.gerrit.server.account.UniversalGroupBackend;
import com.google.gerrit.server.account.externalids.ExternalIdFactory;
import com.google.gerrit.server.account.externalids.ExternalIdKeyFactory;
import com.google.gerrit.server.account.externalids.ExternalIdModule;
import com.google.gerrit.server.account.externalids.storage.notedb.ExternalIdCacheModule;
import com.google.gerrit.server.account.storage.notedb.AccountNoteDbReadStorageModule;
import com.google.gerrit.server.account.storage.notedb.AccountNoteDbWriteStorageModule;
import com.google.gerrit.server.api.GerritApiModule;
import com.google.gerrit.server.api.PluginApiModule;
import com.google.gerrit.server.api.projects.ProjectQueryBuilderModule;
import com.google.gerrit.server.audit.AuditModule;
import com.google.gerrit.server.auth.AuthBackend;
import com.google.gerrit.server.auth.InternalAuthBackend;
import com.google.gerrit.server.avatar.AvatarProvider;
import com.google.gerrit.server.cache.MemoryCacheFactory;
import com.google.gerrit.server.cache.PersistentCacheDef;
import com.google.gerrit.server.cache.PersistentCacheFactory;
import com.google.gerrit.server.cache.mem.DefaultMemoryCacheModule;
import com.google.gerrit.server.change.AccountPatchReviewStore;
import com.google.gerrit.server.change.ChangeFinder;
import com.google.gerrit.server.change.FileInfoJsonModule;
import com.google.gerrit.server.config.AuthConfigModule;
import com.google.gerrit.server.config.CanonicalWebUrlModule;
import com.google.gerrit.server.config.DefaultUrlFormatter.DefaultUrlFormatterModule;
import com.google.gerrit.server.config.DownloadConfig;
import com.google.gerrit.server.config.GerritInstanceIdModule;
import com.google.gerrit.server.config.GerritInstanceNameModule;
import com.google.gerrit.server.config.GerritOptions;
import com.google.gerrit.server.config.GerritRuntime;
import com.google.gerrit.server.config.GerritServerConfig;
import com.google.gerrit.server.config.GerritServerConfigModule;
import com.google.gerrit.server.config.SitePath;
import com.google.gerrit.server.config.SitePaths;
import com.google.gerrit.server.config.SysExecutorModule;
import com.google.gerrit.server.events.EventBroker.EventBrokerModule;
import com.google.gerrit.server.events.StreamEventsApiListener.StreamEventsApiListenerModule;
import com.google.gerrit.server.experiments.ConfigExperimentFeatures.ConfigExperimentFeaturesModule;
import com.google.gerrit.server.git.ChangesByProjectCache;
import com.google.gerrit.server.git.GarbageCollectionModule;
import com.google.gerrit.server.git.GitModule;
import com.google.gerrit.server.git.GitRepositoryManagerModule;
import com.google.gerrit.server.git.SystemReaderInstaller;
import com.google.gerrit.server.git.WorkQueue.WorkQueueModule;
import com.google.gerrit.server.git.receive.ReceiveCommitsModule;
import com.google.gerrit.server.group.db.GroupDbModule;
import com.google.gerrit.server.group.db.GroupsUpdate;
import com.google.gerrit.server.index.GerritIndexStatus;
import com.google.gerrit.server.index.options.AutoFlush;
import com.google.gerrit.server.mail.EmailModule;
import com.google.gerrit.server.mail.SignedTokenEmailTokenVerifier.SignedTokenEmailTokenVerifierModule;
import com.google.gerrit.server.mail.send.MailSoySauceModule;
import com.google.gerrit.server.mail.send.SmtpEmailSender.SmtpEmailSenderModule;
import com.google.gerrit.server.mime.FileTypeRegistry;
import com.google.gerrit.server.mime.MimeUtil2Module;
import com.google.gerrit.server.mime.MimeUtilFileTypeRegistry;
import com.google.gerrit.server.notedb.NoteDbDraftCommentsModule;
import com.google.gerrit.server.notedb.NoteDbModule;
import com.google.gerrit.server.notedb.NoteDbStarredChangesModule;
import com.google.gerrit.server.notedb.RepoSequence.RepoSequenceModule;
import com.google.gerrit.server.patch.DiffExecutorModule;
import com.google.gerrit.server.permissions.DefaultPermissionBackendModule;
import com.google.gerrit.server.plugins.PluginGuiceEnvironment;
import com.google.gerrit.server.plugins.PluginModule;
import com.google.gerrit.server.project.AccessControlModule;
import com.google.gerrit.server.project.DefaultProjectNameLockManager.DefaultProjectNameLockManagerModule;
import com.google.gerrit.server.project.ProjectNameLockManager;
import com.google.gerrit.server.query.approval.ApprovalModule;
import com.google.gerrit.server.restapi.RestApiModule;
import com.google.gerrit.server.restapi.group.GroupModule;
import com.google.gerrit.server.rules.DefaultSubmitRule.DefaultSubmitRuleModule;
import com.google.gerrit.server.rules.IgnoreSelfApprovalRule.IgnoreSelfApprovalRuleModule;
import com.google.gerrit.server.rules.prolog.PrologModule;
import com.google.gerrit.server.schema.JdbcAccountPatchReviewStore.JdbcAccountPatchReviewStoreModule;
import com.google.gerrit.server.schema.SchemaCreator;
import com.google.gerrit.server.schema.SchemaModule;
import com.google.gerrit.server.securestore.DefaultSecureStore;
import com.google.gerrit.server.securestore.SecureStoreClassName;
import com.google.gerrit.server.ssh.SshAddressesModule;
import com.google.gerrit.server.submit.ConfiguredSubscriptionGraphFactory;
import com.google.gerrit.server.submit.LocalMergeSuperSetComputation.LocalMergeSuperSetComputationModule;
import com.google.gerrit.server.submit.MergeSuperSetComputation;
import com.google.gerrit.server.submit.SubscriptionGraph.SubscriptionGraphModule;
import com.google.gerrit.server.submit.SubscriptionGraph;
import com.google.gerrit.server.update.SuperprojectUpdateSubmissionListener.SuperprojectUpdateSubmissionListenerModule;
import com.google.gerrit.server.util.ThreadLocalRequestContext;
import com.google.gerrit.sshd.SshHostKeyModule;
import com.google.gerrit.sshd.SshKeyCacheImpl;
import com.google.gerrit.sshd.SshModule;
import com.google.gerrit.sshd.SshSessionFactoryInitializer;
import com.google.gerrit.sshd.commands.DefaultCommandModule;
import com.google.gerrit.sshd.plugin.LfsPluginAuthCommand.LfsPluginAuthCommandModule;
import com.google.gitiles.blame.cache.BlameCache;
import com.google.gitiles.blame.cache.BlameCacheImpl;
import com.google.inject.AbstractModule;
import com.google.inject.Guice;
import com.google.inject.Inject;
import com.google.inject.Injector;
import com.google.inject.Key;
import com.google.inject.Module;
import com.google.inject.Provider;
import com.google.inject.Provides;
import com.google.inject.Scopes;
import com.google.inject.Stage;
import com.google.inject.TypeLiteral;
import com.google.inject.servlet.GuiceFilter;
import com.google.inject.servlet.GuiceServletContextListener;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import javax.servlet.DispatcherType;
import javax.servlet.http.HttpServletRequest;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.servlet.DefaultServlet;
import org.eclipse.jetty.servlet.FilterHolder;
import org.eclipse.jetty.servlet.ServletContextHandler;
import org.eclipse.jetty.servlet.ServletHolder;
import org.eclipse.jgit.lib.Config;

/**
 * A real Gerrit for the tests: {@code java TestGerrit SITE HTTP_PORT}. Maven Central has the code of the server as
 * gerrit-plugin-api; its launcher (gerrit-war) cannot be had everywhere. So this composes the modules of the server
 * itself: NoteDb, receive-commits, permissions, REST, SSH with stream-events, and the Lucene index are Gerrit's.
 */
public final class TestGerrit {
  private final Path site;
  private final LifecycleManager manager = new LifecycleManager();
  private Injector base;
  private Injector configured;
  private Injector system;
  private Injector ssh;
  private Injector web;

  private TestGerrit(Path site) {
    this.site = site;
  }

  public static void main(String[] arguments) throws Exception {
    var gerrit = new TestGerrit(Path.of(arguments[0]));
    gerrit.inject();
    var isNew = gerrit.createOnce();
    gerrit.manager.start();
    if (isNew) {
      gerrit.indexAll();
      gerrit.createAdministrator(System.getenv("GERRIT_ADMIN_PASSWORD"));
    }
    gerrit.serve(Integer.parseInt(arguments[1]));
    // What the index has in memory is written when Gerrit is stopped in order.
    Runtime.getRuntime().addShutdownHook(new Thread(gerrit.manager::stop));
    System.out.println("ready");
  }

  private void inject() throws Exception {
    base = Guice.createInjector(Stage.PRODUCTION, baseModules());
    configured = base.createChildInjector(new AuthConfigModule());
    SshSessionFactoryInitializer.init();
    var missing = new MissingBindings();
    var modules = systemModules(config());
    modules.addAll(missing.cacheModules());
    modules.add(missing.extensionPoints(modules));
    system = missing.complete(configured, modules);
    var plugins = system.getInstance(PluginGuiceEnvironment.class);
    plugins.setDbCfgInjector(base, configured);
    ssh = missing.complete(system, List.of(
        system.getInstance(SshModule.class),
        new SshHostKeyModule(),
        new DefaultCommandModule(
            false, system.getInstance(DownloadConfig.class), system.getInstance(LfsPluginAuthCommandModule.class))));
    plugins.setSshInjector(ssh);
    web = missing.complete(system, webModules());
    plugins.setHttpInjector(web);
    system.getInstance(HttpCanonicalWebUrlProvider.class)
        .setHttpServletRequest(web.getProvider(HttpServletRequest.class));
    manager.add(base, configured, system, ssh, web);
  }

  private Config config() {
    return configured.getInstance(Key.get(Config.class, GerritServerConfig.class));
  }

  private List<Module> baseModules() {
    var place = new AbstractModule() {
      @Override
      protected void configure() {
        bind(Path.class).annotatedWith(SitePath.class).toInstance(site);
        bind(String.class).annotatedWith(SecureStoreClassName.class).toInstance(DefaultSecureStore.class.getName());
        bind(GerritRuntime.class).toInstance(GerritRuntime.DAEMON);
        bind(MetricMaker.class).to(DisabledMetricMaker.class);
      }
    };
    var repositories = Guice.createInjector(place, new GerritServerConfigModule())
        .getInstance(GitRepositoryManagerModule.class);
    return List.of(
        place,
        new LifecycleModule() {
          @Override
          protected void configure() {
            listener().to(SystemReaderInstaller.class);
          }
        },
        new GerritServerConfigModule(),
        new SchemaModule(),
        repositories);
  }

  private List<Module> systemModules(Config config) {
    var modules = new ArrayList<Module>();
    modules.add(LuceneIndexModule.latestVersion(false, AutoFlush.ENABLED));
    modules.add(new SubscriptionGraphModule());
    modules.add(new SuperprojectUpdateSubmissionListenerModule());
    modules.add(new WorkQueueModule());
    modules.add(new StreamEventsApiListenerModule(config));
    modules.add(new EventBrokerModule());
    modules.add(new JdbcAccountPatchReviewStoreModule(config));
    modules.add(new SysExecutorModule());
    modules.add(new DiffExecutorModule());
    modules.add(new MimeUtil2Module());
    modules.add(configured.getInstance(AccountCacheImpl.AccountCacheModule.class));
    modules.add(new AccountNoteDbWriteStorageModule());
    modules.add(new AccountNoteDbReadStorageModule());
    modules.add(new RepoSequenceModule());
    modules.add(new NoteDbDraftCommentsModule());
    modules.add(new NoteDbStarredChangesModule());
    modules.add(new GerritApiModule());
    modules.add(new ProjectQueryBuilderModule());
    modules.add(new DefaultRefLogIdentityProvider.Module());
    modules.add(new PluginApiModule());
    modules.add(new ChangesByProjectCache.Module(ChangesByProjectCache.UseIndex.TRUE, config));
    modules.add(new InternalAccountDirectoryModule());
    modules.add(new DefaultPermissionBackendModule());
    modules.add(new DefaultMemoryCacheModule());
    modules.add(new EmailModule());
    modules.add(new SmtpEmailSenderModule());
    modules.add(new AuditModule());
    modules.add(new SignedTokenEmailTokenVerifierModule());
    modules.add(new PluginModule());
    modules.add(new RestApiModule());
    modules.add(new GpgModule(config));
    modules.add(new StartupChecksModule());
    modules.add(new GerritInstanceNameModule());
    modules.add(new GerritInstanceIdModule());
    modules.add(new CanonicalWebUrlModule() {
      @Override
      protected Class<? extends Provider<String>> provider() {
        return HttpCanonicalWebUrlProvider.class;
      }
    });
    modules.add(new DefaultUrlFormatterModule());
    modules.add(SshKeyCacheImpl.module());
    modules.add(new GarbageCollectionModule());
    modules.add(new LocalMergeSuperSetComputationModule());
    modules.add(new DefaultProjectNameLockManagerModule());
    modules.add(new AccessControlModule());
    modules.add(new AccountModule());
    modules.add(new ApprovalModule());
    modules.add(new CmdLineParserModule());
    modules.add(new ConfigExperimentFeaturesModule());
    modules.add(new DefaultSubmitRuleModule());
    modules.add(new ExternalIdModule());
    modules.add(new ExternalIdCacheModule());
    modules.add(new FileInfoJsonModule());
    modules.add(new GitModule());
    modules.add(new GroupDbModule());
    modules.add(new GroupModule());
    modules.add(new IgnoreSelfApprovalRuleModule());
    modules.add(new MailSoySauceModule());
    modules.add(new NoteDbModule());
    modules.add(new PrologModule(config));
    modules.add(new ReceiveCommitsModule());
    modules.add(new SshAddressesModule());
    modules.add(ChangeFinder.module());
    modules.add(ThreadLocalRequestContext.module());
    modules.add(new FactoryModule() {
      @Override
      protected void configure() {
        bind(GerritOptions.class).toInstance(new GerritOptions(true, false, ""));
        bind(Realm.class).to(DefaultRealm.class);
        bind(AccountDefaultDisplayName.class).toInstance(AccountDefaultDisplayName.FULL_NAME);
        bind(AccountVisibility.class).toProvider(AccountVisibilityProvider.class).in(Scopes.SINGLETON);
        bind(new TypeLiteral<List<CommentLinkInfo>>() {}).toInstance(List.of());
        bind(BlameCache.class).to(BlameCacheImpl.class);
        bind(FileTypeRegistry.class).to(MimeUtilFileTypeRegistry.class);
        bind(GroupBackend.class).to(UniversalGroupBackend.class).in(Scopes.SINGLETON);
        bind(PersistentCacheFactory.class).to(CachesInMemory.class);
        bind(PublicKeyStore.class).toProvider(UnimplementedPublicKeyStoreProvider.class);
        bind(SubscriptionGraph.Factory.class).to(ConfiguredSubscriptionGraphFactory.class);
        DynamicSet.setOf(binder(), AuthBackend.class);
        DynamicSet.setOf(binder(), WebUiPlugin.class);
        DynamicSet.bind(binder(), AuthBackend.class).to(InternalAuthBackend.class);
        DynamicItem.itemOf(binder(), AccountPatchReviewStore.class);
        DynamicItem.itemOf(binder(), AvatarProvider.class);
        DynamicItem.itemOf(binder(), MergeSuperSetComputation.class);
        DynamicItem.itemOf(binder(), ProjectNameLockManager.class);
      }

      @Provides
      @ServerInitiated
      AccountsUpdate ownAccountsUpdate(@AccountsUpdateLoader.WithReindex AccountsUpdateLoader loader) {
        return loader.createWithServerIdent();
      }

      @Provides
      @UserInitiated
      AccountsUpdate accountsUpdate(@AccountsUpdateLoader.WithReindex AccountsUpdateLoader loader, IdentifiedUser user) {
        return loader.create(user);
      }

      @Provides
      @UserInitiated
      GroupsUpdate groupsUpdate(GroupsUpdate.Factory factory, IdentifiedUser user) {
        return factory.create(user);
      }
    });
    return modules;
  }

  private List<Module> webModules() {
    return List.of(
        RequestContextFilter.module(),
        RequestMetricsFilter.module(),
        H2CacheBasedWebSession.module(),
        system.getInstance(GerritAuthModule.class),
        system.getInstance(GitOverHttpModule.class),
        system.getInstance(HttpdModule.class),
        RequestCleanupFilter.module(),
        AllRequestFilter.module(),
        SetThreadNameFilter.module(),
        system.getInstance(WebModule.class),
        system.getInstance(RequireSslFilterModule.class),
        new HttpPluginModule(),
        ssh.getInstance(WebSshGlueModule.class),
        system.getInstance(GetUserFilterModule.class));
  }

  /** @return whether the site was empty before */
  private boolean createOnce() throws Exception {
    if (Files.exists(site.resolve("git/All-Projects.git"))) return false;
    system.getInstance(SchemaCreator.class).create();
    var status = new GerritIndexStatus(system.getInstance(SitePaths.class));
    for (var definition : definitions()) {
      status.setReady(definition.getName(), definition.getLatest().getVersion(), true);
    }
    status.save();
    return true;
  }

  private Collection<IndexDefinition<?, ?, ?>> definitions() {
    return system.getInstance(Key.get(new TypeLiteral<Collection<IndexDefinition<?, ?, ?>>>() {}));
  }

  private void indexAll() {
    definitions().forEach(TestGerrit::indexAll);
  }

  private static <K, V, I extends Index<K, V>> void indexAll(IndexDefinition<K, V, I> definition) {
    definition.getSiteIndexer().indexAll(definition.getIndexCollection().getSearchIndex());
  }

  /** The first account of a site becomes its administrator. */
  private void createAdministrator(String password) throws Exception {
    var request = system.getInstance(AuthRequest.Factory.class).createForUser("admin");
    var id = system.getInstance(AccountManager.class).authenticate(request).getAccountId();
    var key = system.getInstance(ExternalIdKeyFactory.class).create("username", "admin");
    var identity = system.getInstance(ExternalIdFactory.class).createWithPassword(key, id, null, password);
    system.getInstance(Key.get(AccountsUpdate.class, ServerInitiated.class))
        .update("Set the password", id, update -> update.updateExternalId(identity));
  }

  private void serve(int port) throws Exception {
    var context = new ServletContextHandler(ServletContextHandler.SESSIONS);
    context.addFilter(new FilterHolder(web.getInstance(GuiceFilter.class)), "/*",
        EnumSet.of(DispatcherType.REQUEST, DispatcherType.ASYNC));
    context.addEventListener(new GuiceServletContextListener() {
      @Override
      protected Injector getInjector() {
        return web;
      }
    });
    context.addServlet(new ServletHolder("default", new DefaultServlet()), "/");
    var server = new Server(new InetSocketAddress("127.0.0.1", port));
    server.setHandler(context);
    server.start();
  }

  /** Caches of this process only: the persistent ones are in a module of their own that the jar lacks. */
  private static final class CachesInMemory implements PersistentCacheFactory {
    private final MemoryCacheFactory memory;

    @Inject
    CachesInMemory(MemoryCacheFactory memory) {
      this.memory = memory;
    }

    @Override
    public <K, V> Cache<K, V> build(PersistentCacheDef<K, V> definition) {
      return memory.build(definition);
    }

    @Override
    public <K, V> LoadingCache<K, V> build(PersistentCacheDef<K, V> definition, CacheLoader<K, V> loader) {
      return memory.build(definition, loader);
    }

    @Override
    public void onStop(String plugin) {}
  }
}
